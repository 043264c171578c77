//! Positions: in batches by whoever gathers them, or line by line by the vehicle itself.

use crate::place::{Place, Reported, renamed};
use crate::schema;
use paceline_model::{Instant, Invalid, Reading, VehicleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One vehicle's position in a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionReport {
    /// Which vehicle.
    #[schema(value_type = schema::Id)]
    pub vehicle: String,
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::HeadingDeg>)]
    pub heading_deg: Option<f64>,
    /// When it was there; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub at: Option<String>,
}

impl PositionReport {
    /// The vehicle and the reading that are meant. Errors: a value breaks a rule.
    pub fn reading(&self, now: Instant) -> Result<(VehicleId, Reading), Invalid> {
        let vehicle = VehicleId::new(&self.vehicle).map_err(|invalid| renamed(invalid, "vehicle"))?;
        let Self { lat, lon, battery_percent, heading_deg, ref at, .. } = *self;
        let place = Place { lat, lon };
        let reading = Reported { place, battery_percent, heading_deg, at: at.as_deref() }.reading(now)?;
        Ok((vehicle, reading))
    }
}

impl From<(&VehicleId, &Reading)> for PositionReport {
    fn from((vehicle, reading): (&VehicleId, &Reading)) -> Self {
        Self {
            vehicle: vehicle.to_string(),
            lat: reading.position.lat(),
            lon: reading.position.lon(),
            battery_percent: reading.charge.as_percent(),
            heading_deg: reading.heading.map(|heading| heading.as_degrees().into()),
            at: Some(reading.at.to_string()),
        }
    }
}

/// One position of the vehicle whose connection it comes over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionLine {
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
    /// How full its battery is.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
    /// Degrees clockwise from north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::HeadingDeg>)]
    pub heading_deg: Option<f64>,
    /// When it was there; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub at: Option<String>,
}

impl PositionLine {
    /// The reading that is meant. Errors: a value breaks a rule.
    pub fn reading(&self, now: Instant) -> Result<Reading, Invalid> {
        let Self { lat, lon, battery_percent, heading_deg, ref at } = *self;
        let place = Place { lat, lon };
        Reported { place, battery_percent, heading_deg, at: at.as_deref() }.reading(now)
    }
}

/// What the known position of a vehicle is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionFix {
    /// It has not said where it is since the server started: known is what an event said last. It is given nothing until it has.
    Awaited,
    /// Its newest reading says where it is.
    Current,
    /// Its newest reading says 0, 0, as receivers without a fix do: known is the last place that it named, and that is counted on.
    Missing,
    /// Its newest reading names a place near no street: known is the last one that was near one. It is given nothing until it names one.
    OffMap,
}

/// How many positions were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PositionsTaken {
    /// All of a batch; of a connection, those that came before its end.
    pub taken: u64,
    /// Of them, those whose `at` was more than 5 s ahead of the server's clock: they count as of now.
    pub ahead: u64,
    /// Of them, those whose `at` was more than 60 s behind the server's clock: buffered, or of a slow clock. Each counts unless a newer
    /// one of its vehicle is known, which came within the time that a vehicle may be silent.
    #[serde(default)]
    pub behind: u64,
    /// The first 20 such vehicles.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Id>, max_items = 20)]
    pub behind_vehicles: Vec<VehicleId>,
    /// Of them, those of vehicles that are not registered: they are passed over.
    #[serde(default)]
    pub unknown: u64,
    /// The first 20 such vehicles.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Id>, max_items = 20)]
    pub unknown_vehicles: Vec<VehicleId>,
    /// Of them, those whose place is near no street, such as 0, 0: their vehicle stays at its last good place, the rest is taken.
    #[serde(default)]
    pub off_map: u64,
    /// The first 20 such vehicles.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Id>, max_items = 20)]
    pub off_map_vehicles: Vec<VehicleId>,
}
