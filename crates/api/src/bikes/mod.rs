//! The wire of bikes regions: stations and what stands there, vans and what their crews say, work orders, hotspots, and what happens.

mod change;
mod crew;
mod explained;
mod gbfs;
mod hotspot;
mod loose;
mod moment;
mod problem;
mod station;
mod stock;
mod van;
mod work_order;

pub use change::{BikesChange, BikesEvent, StepOfVan};
pub use crew::{CrewWord, DoneWork, Found, NewCrewReport};
pub use explained::{StationExplained, WorkOrderExplained};
pub use gbfs::{
    GBFS_VERSION, GbfsCount, GbfsFile, GbfsIndex, GbfsLink, GbfsStation, GbfsStations, GbfsStatus,
    GbfsStatuses, GbfsSystem, GbfsText, GbfsVehicle, GbfsVehicleType, GbfsVehicleTypes, GbfsVehicles,
    GbfsVersion, GbfsVersions,
};
pub use hotspot::{Hotspot, HotspotView, NoRentalsView};
pub use loose::{BikeState, BikesTaken, LooseBikeView, LowBikeView, NewLooseBike, NewLooseBikes};
pub use moment::{BikesFigures, StockRow, VanJob, VanPositionRow};
pub use station::{NewStation, ServiceView, SiteKind, StationView, StockTarget};
pub use stock::{NewStock, StockTaken};
pub use van::{NewVan, NewVanPosition, VanBatteries, VanPositionTaken, VanState, VanStopView, VanView};
pub use work_order::{BikeInterval, NewWithdrawal, Task, WorkOrderPhase, WorkOrderStep, WorkOrderView};

use paceline_model::{Invalid, Rule};

/// A count of bikes or docks. Errors: more than there can be.
fn at_most(field: &str, count: u32, most: u32) -> Result<u32, Invalid> {
    if count <= most {
        return Ok(count);
    }
    Err(Invalid::new(field, count, Rule::Within { low: 0.0, high: f64::from(most) }))
}
