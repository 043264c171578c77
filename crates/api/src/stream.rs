//! What streams tell beside changes, and the names of their items. Source: WHATWG HTML, "Server-sent events".

use crate::bikes::{BikesChange, BikesFigures, StockRow, VanPositionRow};
use crate::change::Change;
use crate::edge::EdgeChange;
use crate::federation::FederationChange;
use crate::row::{row, same};
use crate::schema;
use crate::vehicle::{Job, VehicleView};
use paceline_model::{Instant, VehicleId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A durable change; its id is the version.
pub const CHANGE: &str = "change";
/// Where every vehicle, or van, is, twice a second.
pub const POSITIONS: &str = "positions";
/// The key figures, twice a second.
pub const FIGURES: &str = "figures";
/// What stands at the stations of a bikes region, all of them, twice a second while anything changes.
pub const STOCK: &str = "stock";
/// The load shedder lets in more or less than before.
pub const LOAD_SHEDDER: &str = "load_shedder";
/// What was missed is no longer kept: read the world again, as [`Reset`] says.
pub const RESET: &str = "reset";
/// The subscriber fell too far behind, or did not read: come back with the last id.
pub const LAGGED: &str = "lagged";
/// The server, or the vehicle, is leaving.
pub const BYE: &str = "bye";
/// First item of a vehicle's own stream: how it stands.
pub const VEHICLE: &str = "vehicle";

/// What a subscriber missed is not to be had: the world must be read again. Read the lists, then go on with this stream: a row that was
/// read at a version holds all changes up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reset {
    /// The stream goes on after this version; lists that are read from now on are not older.
    pub version: u64,
    /// Why.
    pub reason: ResetReason,
    /// The lists to read, as references relative to the stream's own address.
    pub read: Vec<String>,
}

/// Why the world must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// So many changes came since the last id that the first of them is no longer kept.
    TooOld,
    /// The last id is newer than the world: it is of another journal.
    AnotherWorld,
}

/// A subscriber read too slowly: what it would be told next is no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lagged {
    /// It was told all changes up to this version.
    pub version: u64,
}

/// A vehicle in a few bytes: name, latitude, longitude, battery percent, job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositionRow(pub VehicleId, pub f64, pub f64, pub u8, pub Job);

impl PartialSchema for PositionRow {
    fn schema() -> RefOr<Schema> {
        let cells = [
            same::<schema::Id>(),
            same::<schema::Latitude>(),
            same::<schema::Longitude>(),
            same::<schema::Percent>(),
            same::<Job>(),
        ];
        row(cells, "Name, latitude, longitude, battery percent, job.")
    }
}

impl ToSchema for PositionRow {
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<schema::Id>(schemas);
        schema::collect::<schema::Latitude>(schemas);
        schema::collect::<schema::Longitude>(schemas);
        schema::collect::<schema::Percent>(schemas);
        schema::collect::<Job>(schemas);
    }
}

/// The key figures since the server started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// By the engine's clock.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// The world's version.
    pub version: u64,
    /// Orders that no vehicle has.
    pub open: u64,
    /// Orders taken.
    pub placed: u64,
    /// Orders served.
    pub served: u64,
    /// Orders whose latest pick-up passed.
    pub timed_out: u64,
    /// Orders that were cancelled.
    pub cancelled: u64,
    /// Served among served and timed out; null before the first.
    #[schema(minimum = 0, maximum = 1)]
    pub service_rate: Option<f64>,
    /// Mean time from order to pick-up.
    pub wait_mean_s: Option<f64>,
    /// Mean drive to a pick-up.
    pub pickup_km_mean: Option<f64>,
    /// Median time of the last 600 rounds, from due to committed.
    pub round_p50_ms: f64,
    /// The same at the 99th percentile.
    pub round_p99_ms: f64,
    /// Rounds in which something ran short.
    pub degraded: u64,
    /// Changes told.
    pub events: u64,
    /// Vehicles by what they do.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub vehicles: BTreeMap<Job, u32>,
}

/// What the load shedder lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// All new orders.
    Admitting,
    /// None.
    Shedding,
    /// A few, to see whether the server is well again.
    Probing,
}

/// A change of what the load shedder lets in, with the numbers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AdmissionChange {
    /// What it let in before.
    pub from: Admission,
    /// What it lets in now.
    pub to: Admission,
    /// Tasks that lived.
    pub tasks: u64,
    /// Tasks that were expected.
    pub expected: f64,
}

/// An item of `GET /v1/stream`, as its `event`, `id` and parsed `data`. Only its schema is used: items are written and read
/// part by part.
#[derive(Clone, Copy, Debug)]
pub enum StreamItem {}

impl PartialSchema for StreamItem {
    fn schema() -> RefOr<Schema> {
        // Some changes are the same in several kinds of regions, and where nobody is, nobody is a vehicle or a van alike.
        let changes = AnyOfBuilder::new()
            .item(schema::reference::<Change>())
            .item(schema::reference::<EdgeChange>())
            .item(schema::reference::<BikesChange>())
            .item(schema::reference::<FederationChange>())
            .build();
        let positions =
            AnyOfBuilder::new().item(rows::<PositionRow>()).item(rows::<VanPositionRow>()).build();
        let one_of = OneOfBuilder::new()
            .item(item(CHANGE, true, Schema::from(changes)))
            .item(item(POSITIONS, false, Schema::from(positions)))
            .item(item(STOCK, false, rows::<StockRow>()))
            .item(item(FIGURES, false, schema::reference::<Figures>()))
            .item(item(FIGURES, false, schema::reference::<BikesFigures>()))
            .item(item(LOAD_SHEDDER, false, schema::reference::<AdmissionChange>()))
            .item(item(RESET, false, schema::reference::<Reset>()))
            .item(item(LAGGED, false, schema::reference::<Lagged>()))
            .item(item(BYE, false, nothing()))
            .description(Some("One server-sent event: its name, its id, and its data as JSON."));
        Schema::from(one_of).into()
    }
}

impl ToSchema for StreamItem {
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<Change>(schemas);
        schema::collect::<EdgeChange>(schemas);
        schema::collect::<BikesChange>(schemas);
        schema::collect::<FederationChange>(schemas);
        schema::collect::<PositionRow>(schemas);
        schema::collect::<VanPositionRow>(schemas);
        schema::collect::<StockRow>(schemas);
        schema::collect::<Figures>(schemas);
        schema::collect::<BikesFigures>(schemas);
        schema::collect::<AdmissionChange>(schemas);
        schema::collect::<Reset>(schemas);
        schema::collect::<Lagged>(schemas);
    }
}

/// An item of a vehicle's own stream. Only its schema is used.
#[derive(Clone, Copy, Debug)]
pub enum VehicleStreamItem {}

impl PartialSchema for VehicleStreamItem {
    fn schema() -> RefOr<Schema> {
        let one_of = OneOfBuilder::new()
            .item(item(VEHICLE, false, schema::reference::<VehicleView>()))
            .item(item(CHANGE, true, schema::reference::<Change>()))
            .item(item(LAGGED, false, nothing()))
            .item(item(BYE, false, nothing()))
            .description(Some("One server-sent event: its name, its id, and its data as JSON."));
        Schema::from(one_of).into()
    }
}

impl ToSchema for VehicleStreamItem {
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<VehicleView>(schemas);
        schema::collect::<Change>(schemas);
    }
}

fn rows<T: ToSchema>() -> ArrayBuilder {
    ArrayBuilder::new().items(schema::reference::<T>())
}

fn item(name: &str, numbered: bool, data: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    let event = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([name]));
    let object = ObjectBuilder::new().schema_type(Type::Object).property("event", event).required("event");
    let object = object.property("data", data).required("data");
    if !numbered {
        return object;
    }
    object.property("id", schema::integer(1, u64::MAX)).required("id")
}

fn nothing() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object).max_properties(Some(0))
}
