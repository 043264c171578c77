//! What is not about one vehicle or order: the world in numbers, the streets, the policy.

use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A region that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegionView {
    /// The name by which `/v1/regions/{region}/...` addresses it.
    #[schema(value_type = schema::Id)]
    pub region: String,
    /// What it decides about.
    pub kind: RegionKind,
}

/// What a region decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegionKind {
    /// Orders and vehicles.
    #[default]
    Fleet,
    /// Edge nodes and the workloads that they run.
    Edge,
    /// Shared bikes and the vans that move them.
    Bikes,
    /// Clusters, and workloads that are spread over them.
    Federation,
}

/// The world in a few numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorldView {
    /// The number of events that made it.
    pub version: u64,
    /// A checksum of all of it, in hex: equal worlds, equal digests.
    #[schema(pattern = "^[0-9a-f]{16}$")]
    pub digest: String,
    /// Vehicles of the fleet.
    pub vehicles: u64,
    /// Orders that are remembered.
    pub orders: u64,
    /// Orders that no vehicle has.
    pub open_orders: u64,
    /// Charger sites.
    pub chargers: u64,
}

/// The streets, for drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Streets {
    /// South, west, north, east.
    #[schema(value_type = Vec<f64>, min_items = 4, max_items = 4)]
    pub bounds: [f64; 4],
    /// A list for each street: latitude, longitude, latitude, …
    pub streets: Vec<Vec<f64>>,
}

/// How the fleet is run at present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyView {
    /// Names of the policies that hold now, the usual one first: `weighted`, or `weighted/airport` where the rule
    /// `airport` set it. Those behind the first hold for orders picked up in their areas.
    #[schema(min_items = 1)]
    pub now: Vec<String>,
    /// All options of the fleet, as in the section `[fleet]` of the server's configuration.
    #[schema(value_type = Object)]
    pub options: Value,
    /// What the shadow policy would have done since it was set; null without one, and before its first round.
    pub shadow: Option<ShadowView>,
}

/// What the shadow policy would have done since it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShadowView {
    /// Its name.
    pub policy: String,
    /// Rounds compared.
    pub rounds: u64,
    /// All of them together.
    pub total: ShadowDifference,
    /// The last one.
    pub last: ShadowDifference,
}

/// A live plan and its shadow's side by side; over several rounds, the sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShadowDifference {
    /// Orders that both give to the same vehicle.
    pub same: u64,
    /// Orders that they give to different vehicles.
    pub other_vehicle: u64,
    /// Orders that only the live policy gives away.
    pub live_only: u64,
    /// Orders that only the shadow would.
    pub shadow_only: u64,
    /// What the live policy's plans count on.
    pub live: Predicted,
    /// What the shadow's do.
    pub shadow: Predicted,
}

/// What a policy's plans count on, all orders together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Predicted {
    /// Orders given to vehicles.
    pub orders: u64,
    /// Time until their pick-ups.
    pub pickup_s: f64,
    /// Distance to their pick-ups.
    pub pickup_m: f64,
}
