//! The feed that a bikes region publishes for whoever shows its bikes to riders. Source: General Bikeshare Feed Specification 3.0
//! (`gbfs.md`, tag v3.0). Only what a region knows is in it: no prices or areas.

use crate::schema;
use paceline_model::Instant;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The version of GBFS that is published.
pub const GBFS_VERSION: &str = "3.0";

/// A file of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GbfsFile<T> {
    /// As of when it is true.
    pub last_updated: Instant,
    /// Seconds for which it holds.
    pub ttl: u32,
    /// The version of GBFS.
    pub version: String,
    /// What it says.
    pub data: T,
}

impl<T: ToSchema> PartialSchema for GbfsFile<T> {
    fn schema() -> RefOr<Schema> {
        let version = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([GBFS_VERSION]));
        let file = ObjectBuilder::new()
            .description(Some(
                "A file of the feed: as of when it is true, for how many seconds it holds, and what it says.",
            ))
            .property("last_updated", schema::reference::<schema::Time>())
            .property("ttl", schema::integer(1, u32::MAX.into()))
            .property("version", version)
            .property("data", schema::reference::<T>());
        let required = ["last_updated", "ttl", "version", "data"];
        Schema::from(required.into_iter().fold(file, ObjectBuilder::required)).into()
    }
}

/// Each file has a name of its own.
impl<T: ToSchema> ToSchema for GbfsFile<T> {
    fn name() -> Cow<'static, str> {
        format!("{}File", T::name()).into()
    }
    fn schemas(schemas: &mut schema::Schemas) {
        schema::collect::<schema::Time>(schemas);
        schema::collect::<T>(schemas);
    }
}

/// Text in a language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsText {
    /// What is said.
    pub text: String,
    /// In which language, such as `en` or `nb-NO`.
    pub language: String,
}

/// Which files there are: `gbfs.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsIndex {
    /// The files.
    pub feeds: Vec<GbfsLink>,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsLink {
    /// Its name, without its ending.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// In which versions the feed is to be had: `gbfs_versions.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVersions {
    /// The versions, the oldest first.
    pub versions: Vec<GbfsVersion>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVersion {
    /// Which.
    pub version: String,
    /// The address of its index.
    pub url: String,
}

/// Whose bikes these are: `system_information.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsSystem {
    /// Lasting name.
    pub system_id: String,
    /// The languages of what is said.
    pub languages: Vec<String>,
    /// What people call it.
    pub name: Vec<GbfsText>,
    /// When bikes are to be had, as OpenStreetMap writes it.
    pub opening_hours: String,
    /// Whom to tell of faults of the feed.
    pub feed_contact_email: String,
    /// Its time zone.
    pub timezone: String,
}

/// What kinds of bikes there are: `vehicle_types.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVehicleTypes {
    /// The kinds.
    pub vehicle_types: Vec<GbfsVehicleType>,
}

/// A kind of bike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVehicleType {
    /// Lasting name.
    pub vehicle_type_id: String,
    /// What it is: `bicycle` or `cargo_bicycle`.
    pub form_factor: String,
    /// What moves it: `human`, `electric_assist` or `electric`.
    pub propulsion_type: String,
    /// How far it goes on a full battery, in metres; left out where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_range_meters: Option<u32>,
}

/// Where stations are: `station_information.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GbfsStations {
    /// The stations. Depots are none.
    pub stations: Vec<GbfsStation>,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GbfsStation {
    /// Lasting name.
    pub station_id: String,
    /// What people call it; its lasting name, where nobody has given it another.
    pub name: Vec<GbfsText>,
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
    /// Its docks; left out where docks are not what limits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// What stands at stations: `station_status.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsStatuses {
    /// The stations whose stock is known: what is not known is left out, and is never 0.
    pub stations: Vec<GbfsStatus>,
}

/// What stands at a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsStatus {
    /// Which station.
    pub station_id: String,
    /// Bikes that are believed to stand there, fit for hire.
    pub num_vehicles_available: u32,
    /// The same by kind: all of them.
    pub vehicle_types_available: Vec<GbfsCount>,
    /// Bikes that are not fit for hire.
    pub num_vehicles_disabled: u32,
    /// Docks that are free; left out where docks are not what limits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_docks_available: Option<u32>,
    /// Docks that are broken.
    pub num_docks_disabled: u32,
    /// Whether it stands on the street.
    pub is_installed: bool,
    /// Whether it hires out.
    pub is_renting: bool,
    /// Whether it takes bikes back.
    pub is_returning: bool,
    /// When it was counted.
    #[schema(value_type = schema::Time)]
    pub last_reported: Instant,
}

/// Bikes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GbfsCount {
    /// Which kind.
    pub vehicle_type_id: String,
    /// How many.
    pub count: u32,
}

/// Bikes that stand at no station: `vehicle_status.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVehicles {
    /// The bikes, by name.
    pub vehicles: Vec<GbfsVehicle>,
}

/// A bike that stands at no station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GbfsVehicle {
    /// Its name, until its next ride.
    pub vehicle_id: String,
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
    /// Which kind; one that is not published counts as the first.
    pub vehicle_type_id: String,
    /// Whether a rider has reserved it.
    pub is_reserved: bool,
    /// Whether it is not fit for hire.
    pub is_disabled: bool,
    /// How far its battery goes, in metres; left out where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_range_meters: Option<u32>,
    /// When it was listed last.
    #[schema(value_type = schema::Time)]
    pub last_reported: Instant,
}
