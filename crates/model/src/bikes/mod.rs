//! The nouns of shared bikes: stations and the bikes at them, bikes that stand on the street, and what a feed says of both. Names follow
//! GBFS, the General Bikeshare Feed Specification, where it has the thing.
//!
//! ```text
//!   files of a feed --(paceline-gbfs)--> FeedReading ─┬─ StationReading ── Place, Capacity, Service, StockReading
//!                                                     ├─ BikeReading
//!                                                     ├─ Told            what was odd, by reason
//!                                                     └─ Health          whether anything may rest on it
//! ```
//! What *short*, *full* and *fit for hire* mean is said once, in `station`: the report of an import and the region go by the same words.

pub mod battery;
pub mod believed;
pub mod bike;
pub mod bike_interval;
pub mod command;
pub mod crew;
pub mod event;
pub mod feed;
pub mod hotspot;
pub mod id;
pub mod issue;
pub mod kind;
pub mod limits;
pub mod names;
pub mod oddity;
pub mod place;
pub mod site;
pub mod station;
pub mod stock;
pub mod van;
pub mod work_order;

pub use battery::{Batteries, BatteryCount, BatteryLoad, BatteryReport, BatterySwap};
pub use believed::{StationStock, StockWord, believed_reading};
pub use bike::{BikeReading, BikeState, Standing};
pub use bike_interval::BikeInterval;
pub use command::{Command, Refusal, StationReport};
pub use crew::{CrewReport, CrewWord, DoneWork, Found, ReportId};
pub use event::{Event, Inspection, StopMade};
pub use feed::{FeedReading, Health, Implausible};
pub use hotspot::{BesideCounts, Hotspot};
pub use id::{BikeId, BikeKind, StationId, VanId, WorkOrderId};
pub use issue::{IssueDecision, VanRule};
pub use kind::{KindSpec, Propulsion};
pub use names::Names;
pub use oddity::{Note, Oddity, Told, ToldOf};
pub use place::{NoPlace, Place};
pub use site::{SiteKind, StationSpec, StockTarget};
pub use station::{Capacity, Service, StationReading};
pub use stock::{AsOf, BikeCounts, DockGroup, NoStock, Room, Stock, StockReading};
pub use van::{VanSpec, VanState, VanTrigger};
pub use work_order::{
    NewWorkOrder, OrderCause, OrderPhase, OrderTrigger, ReturnReason, Task, WithdrawReason,
};
