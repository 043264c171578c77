//! Speeds and closures from outside, and what is known of the streets.

use crate::schema;
use paceline_model::Instant;
use paceline_model::limits::SPEED_REPORTS_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A batch of reports: taken whole or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedReports {
    /// At most 10,000.
    #[schema(schema_with = reports)]
    pub reports: Vec<SpeedReport>,
}

fn reports() -> utoipa::openapi::schema::Schema {
    let items = schema::reference::<SpeedReport>();
    let array = utoipa::openapi::schema::ArrayBuilder::new().items(items).min_items(Some(1));
    array.max_items(Some(SPEED_REPORTS_MAX)).into()
}

/// A speed, or a closure, until a time. Names an edge or a way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedReport {
    /// An edge of this network, as `/v1/road/nearest` and `/v1/road/match` name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<u32>,
    /// A way of OpenStreetMap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<i64>,
    /// Of the way; both directions if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<WayDirection>,
    /// Closed if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Kmh>)]
    pub kmh: Option<f64>,
    /// At most 7 days ahead.
    #[schema(value_type = schema::Time)]
    pub until: String,
}

/// In the order of a way's nodes, or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayDirection {
    /// In the order of its nodes.
    Forward,
    /// Against it.
    Backward,
}

/// How many edges a batch was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpeedsApplied {
    /// Edges whose speed was reported.
    pub edges: u64,
}

/// The traffic as of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrafficView {
    /// When it was looked at.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// Edges of the network: they are numbered from 0.
    pub network_edges: u64,
    /// Edges whose speed the fleet has observed.
    pub observed: u64,
    /// Edges whose speed was reported.
    pub reported: u64,
    /// Edges that no one drove lately and whose speed is inferred from drives on those around them.
    pub inferred: u64,
    /// Those edges, by number; at most 10,000.
    pub edges: Vec<EdgeView>,
}

/// One edge of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EdgeView {
    /// Its number.
    pub edge: u32,
    /// Left out where the edge is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kmh: Option<f64>,
    /// What is usual at this hour.
    pub usual_kmh: f64,
    /// Where that is known from.
    pub source: SpeedSource,
}

/// Where a speed is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeedSource {
    /// Somebody reported it.
    Reported,
    /// The fleet drove there.
    Observed,
    /// It follows from the edges around.
    Inferred,
}
