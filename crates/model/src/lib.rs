//! What is it? The nouns of dispatch: units, ids, places, vehicles, orders, chargers, commands, events, limits.
//!
//! Everything here is a value. Construction validates; what exists is well-formed. No I/O, no clock, no async.

pub mod bikes;
pub mod charger;
pub mod command;
pub mod decision;
pub mod duration;
pub mod edge;
pub mod event;
pub mod federation;
mod format_level;
pub mod geo;
pub mod hand_over;
pub mod id;
pub mod kwh;
pub mod lifecycle;
pub mod limits;
pub mod order;
pub mod pages;
pub mod route;
pub mod table;
pub mod units;
pub mod utc_offset;
pub mod vehicle;
mod zone;

pub use charger::ChargerSpec;
pub use command::{Answer, Command, FaultReason, Fingerprint, Receipt, Refusal, Request};
pub use decision::{
    Candidate, ChargeDecision, Excluded, Exclusion, PassedOver, PriceKind, PricePart, RouteCut,
    StandDecision, Version, Weighing,
};
pub use event::{Event, FailureCause, MoveReason, Refer};
pub use format_level::FormatLevel;
pub use geo::{Geofence, Position};
pub use hand_over::{HandOver, HandOverNumber};
pub use id::{ChargerId, GeofenceId, IdempotencyKey, OrderId, RegionId, ServerId, Tag, VehicleId};
pub use limits::{Invalid, Rule};
pub use order::OrderSpec;
pub use pages::Pages;
pub use route::{Route, Stop, StopKind};
pub use table::{ChargerIdx, Idx, OrderIdx, Row, Slots, Table, VehicleIdx};
pub use units::{Centimetres, Charge, Heading, Instant, Millis, MilliwattHours, MilliwattHoursPerKm};
pub use utc_offset::UtcOffset;
pub use vehicle::{Driver, Job, Powertrain, Reading, Vehicle, VehicleSpec};
pub use zone::Zone;
