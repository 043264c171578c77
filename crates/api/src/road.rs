//! Questions to the road network and their answers: GeoJSON (RFC 7946) where they have a shape.

use crate::place::Place;
use crate::schema::{self, number, reference};
use paceline_model::limits::{
    AUXILIARY_W, NEAREST_AMONG_MAX, REACH_S, REACH_WH, SIGMA_M, TABLE_PLACES_MAX, TRACE_POSITIONS_MAX,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

/// What a vehicle uses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Uses {
    /// Driving at its nominal speed.
    #[schema(value_type = schema::ConsumptionWhPerKm)]
    pub consumption_wh_per_km: f64,
    /// Drawn all the time, driving or standing; nothing if left out.
    #[serde(default)]
    #[schema(schema_with = auxiliary_w, required = false)]
    pub auxiliary_w: f64,
}

fn auxiliary_w() -> Schema {
    number(AUXILIARY_W).into()
}

/// One drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteQuestion {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// 150 Wh/km if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Uses>,
    /// With it, the answer says how full the battery is on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<BatteryNow>,
}

/// A battery at the start of a drive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatteryNow {
    /// Usable energy when full.
    #[schema(value_type = schema::BatteryKwh)]
    pub kwh: f64,
    /// How full it is.
    #[schema(value_type = schema::Percent)]
    pub percent: f64,
}

/// Drives from each place to each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TableQuestion {
    /// At most 200.
    #[schema(schema_with = table_places)]
    pub from: Vec<Place>,
    /// At most 200.
    #[schema(schema_with = table_places)]
    pub to: Vec<Place>,
}

fn table_places() -> Schema {
    places(1, TABLE_PLACES_MAX)
}

fn places(least: usize, most: usize) -> Schema {
    ArrayBuilder::new().items(reference::<Place>()).min_items(Some(least)).max_items(Some(most)).into()
}

/// Rows are starts, columns ends; null where no way leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TravelTable {
    /// Seconds.
    pub times_s: Vec<Vec<Option<f64>>>,
    /// Metres.
    pub distances_m: Vec<Vec<Option<f64>>>,
}

/// Who gets to a place first, or, without `among`, the streets nearest to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NearestQuestion {
    /// Where to.
    pub place: Place,
    /// At most 2,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = among, required = false)]
    pub among: Option<Vec<Place>>,
    /// How many to name; 5 if left out.
    #[serde(default = "five")]
    #[schema(schema_with = count, required = false)]
    pub count: usize,
}

fn five() -> usize {
    5
}

fn among() -> Schema {
    places(0, NEAREST_AMONG_MAX)
}

fn count() -> Schema {
    schema::integer(1, NEAREST_AMONG_MAX as u64).into()
}

/// How far one gets: within a time or with an energy, of which exactly one is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachQuestion {
    /// Where it begins.
    pub from: Place,
    /// Within so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = seconds, required = false)]
    pub seconds: Option<f64>,
    /// With so much energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = watt_hours, required = false)]
    pub watt_hours: Option<f64>,
    /// 150 Wh/km if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Uses>,
}

fn seconds() -> Schema {
    number(REACH_S).into()
}

fn watt_hours() -> Schema {
    number(REACH_WH).into()
}

/// A trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceQuestion {
    /// In order of time; at most 10,000.
    #[schema(schema_with = trace_positions)]
    pub positions: Vec<TraceItem>,
    /// The positions' error along each axis; 10 if left out.
    #[serde(default = "ten")]
    #[schema(schema_with = sigma_m, required = false)]
    pub sigma_m: f64,
}

fn ten() -> f64 {
    10.0
}

fn trace_positions() -> Schema {
    let array = ArrayBuilder::new().items(reference::<TraceItem>()).min_items(Some(1));
    array.max_items(Some(TRACE_POSITIONS_MAX)).into()
}

fn sigma_m() -> Schema {
    number(SIGMA_M).into()
}

/// A position of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceItem {
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
    /// When.
    #[schema(value_type = schema::Time)]
    pub time: String,
}

/// A thing with a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Feature {
    /// `Feature`.
    #[serde(rename = "type")]
    #[schema(pattern = "^Feature$")]
    pub kind: String,
    /// Its shape.
    pub geometry: Geometry,
    /// What is said of it.
    pub properties: Properties,
}

/// Several of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(pattern = "^FeatureCollection$")]
    pub kind: String,
    /// The things.
    pub features: Vec<Feature>,
}

/// A shape; positions are longitude, latitude.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    /// A place.
    Point([f64; 2]),
    /// A way.
    LineString(Vec<[f64; 2]>),
    /// An area: polygons of rings.
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
}

/// What an answer says of a shape: of each question its own part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Properties {
    /// Of a drive: how long it takes; null: it does not exist.
    pub time_s: Option<f64>,
    /// Of a drive or a stretch: its length.
    pub distance_m: Option<f64>,
    /// Of a drive: what it uses.
    pub energy_wh: Option<f64>,
    /// Of a drive or a stretch: its streets in order.
    pub streets: Option<Vec<String>>,
    /// Of a drive: the metres on each street.
    pub street_metres: Option<Vec<f64>>,
    /// Of a drive with a battery: how full it is at the end.
    pub charge_percent: Option<f64>,
    /// Of a drive with a battery: how full it is at each corner.
    pub charge_percent_at: Option<Vec<f64>>,
    /// Among those asked about, or of a trace: which one.
    pub index: Option<u32>,
    /// Of an area: how many edges are reached; of a stretch: which edges.
    #[schema(value_type = Option<Edges>)]
    pub edges: Option<Edges>,
    /// Of a piece of road: its edge.
    pub edge: Option<u32>,
    /// Of a stretch or a street: the ways of OpenStreetMap that it runs along.
    pub ways: Option<Vec<i64>>,
    /// Of a place: its street.
    pub street: Option<String>,
    /// Of a matched position: its stretch.
    pub stretch: Option<u32>,
    /// How far it lies off the road.
    pub off_m: Option<f64>,
}

/// A number of edges, or the edges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Edges {
    /// So many.
    Count(u64),
    /// These.
    These(Vec<u32>),
}
