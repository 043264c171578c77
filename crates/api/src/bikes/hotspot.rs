//! What is wrong, and what is done about it.

use crate::mirror::mirror;
use crate::schema;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// What is wrong at a station.
    Hotspot beside paceline_model::bikes::Hotspot {
        /// Riders find no bike.
        Empty,
        /// Riders find no dock.
        Full,
        /// Fewer bikes stand there than its operator wants at least.
        BelowLeast,
        /// A crew found docks broken, or bikes that cannot be taken out.
        DocksBroken,
        /// It has bikes and gives none, as departures show that did not happen: somebody has to look.
        GivesNone,
        /// So many batteries are low that somebody is to change them.
        LowBatteries,
    }
}

/// Why a station counts as one that gives no bikes: departures that did not happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoRentalsView {
    /// Since when no bike was seen to go.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Rentals that were expected since, while it was in service and believed to have bikes.
    pub rentals_expected: f64,
    /// Rentals that happened.
    pub rentals: u32,
    /// A station that is well is so quiet once in so many expected rentals; null: it has not been quiet for so long that anybody is to look.
    pub one_in: Option<u64>,
}

/// A station where something is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HotspotView {
    /// Which station.
    #[schema(value_type = schema::Id)]
    pub station: String,
    /// What people call it.
    pub name: Option<String>,
    /// What is wrong.
    pub what: Hotspot,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// Bikes that are believed to stand there; null: not known.
    pub bikes: Option<u32>,
    /// Docks that are believed to be free; null: no limit, or not known.
    pub docks_free: Option<u32>,
    /// Bikes whose battery is believed to be low, and is to be changed.
    pub batteries_low: u32,
    /// Where it gives no bikes: the evidence.
    pub silence: Option<NoRentalsView>,
    /// Work orders for it.
    pub work_orders: Vec<String>,
    /// Vans that have one of them.
    pub vans: Vec<String>,
}
