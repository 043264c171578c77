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
        /// A crew found docks broken.
        DocksBroken,
    }
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
    /// Work orders for it.
    pub work_orders: Vec<String>,
    /// Vans that have one of them.
    pub vans: Vec<String>,
}
