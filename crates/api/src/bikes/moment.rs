//! What a bikes region's stream tells of the moment, beside its changes: what stands at stations, where vans are, the key figures.

use super::hotspot::Hotspot;
use crate::row::{or_null, row, same};
use crate::schema;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// What stands at a station in a few bytes: name, bikes, free docks, what is wrong. What is not known is null, and where docks are not what
/// limits it, so are they.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockRow(pub String, pub Option<u32>, pub Option<u32>, pub Option<Hotspot>);

impl PartialSchema for StockRow {
    fn schema() -> RefOr<Schema> {
        let count = || or_null(Schema::from(schema::integer(0, u32::MAX.into())));
        let cells = [same::<schema::Id>(), count(), count(), or_null(same::<Hotspot>())];
        row(cells, "Name, bikes, free docks, what is wrong; each but the name may be null.")
    }
}

impl ToSchema for StockRow {
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<schema::Id>(schemas);
        schema::collect::<Hotspot>(schemas);
    }
}

/// What a van does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VanJob {
    /// It has no work order.
    Free,
    /// It goes to a station.
    Driving,
    /// Its crew is at one.
    Working,
    /// It goes no further.
    BrokenDown,
    /// Its crew has gone home.
    OffShift,
}

/// A van in a few bytes: name, latitude, longitude, bikes aboard, what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VanPositionRow(pub String, pub f64, pub f64, pub u32, pub VanJob);

impl PartialSchema for VanPositionRow {
    fn schema() -> RefOr<Schema> {
        let cells = [
            same::<schema::Id>(),
            same::<schema::Latitude>(),
            same::<schema::Longitude>(),
            Schema::from(schema::integer(0, u32::MAX.into())),
            same::<VanJob>(),
        ];
        row(cells, "Name, latitude, longitude, bikes aboard, what it does.")
    }
}

impl ToSchema for VanPositionRow {
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<schema::Id>(schemas);
        schema::collect::<schema::Latitude>(schemas);
        schema::collect::<schema::Longitude>(schemas);
        schema::collect::<VanJob>(schemas);
    }
}

/// The key figures of a bikes region; what is counted is counted since the server started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BikesFigures {
    /// By the engine's clock.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// The world's version.
    pub version: u64,
    /// Stations, depots not among them.
    pub stations: u64,
    /// Of these, how many nobody knows the stock of.
    pub unknown: u64,
    /// Stations where riders find no bike.
    pub empty: u64,
    /// Stations where riders find no dock.
    pub full: u64,
    /// Bikes that are believed to stand at stations and depots, fit for hire.
    pub bikes: u64,
    /// Bikes in vans.
    pub aboard: u64,
    /// Work orders that no van has.
    pub waiting: u64,
    /// Work orders that a van has.
    pub under_way: u64,
    /// Work orders that were done.
    pub done: u64,
    /// Work orders that riders, crews or operators overtook.
    pub withdrawn: u64,
    /// Work orders that came back from a van and went out again.
    pub returned: u64,
    /// Bikes that vans loaded or unloaded.
    pub moved: u64,
    /// Median time from need to a van that has the order, of the last 600; null before the first.
    pub issue_p50_s: Option<f64>,
    /// The same at the 99th percentile.
    pub issue_p99_s: Option<f64>,
    /// Median time of the last 600 rounds, from due to committed.
    pub round_p50_ms: f64,
    /// The same at the 99th percentile.
    pub round_p99_ms: f64,
    /// Rounds in which something ran short.
    pub degraded: u64,
    /// Changes told.
    pub events: u64,
    /// Vans by what they do.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub vans: BTreeMap<VanJob, u32>,
}
