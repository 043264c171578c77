//! Places on the ground, and what a vehicle says of itself.

use crate::schema;
use paceline_model::{Charge, Heading, Instant, Invalid, Position};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A place on the ground, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Degrees, north positive.
    #[schema(value_type = schema::Latitude)]
    pub lat: f64,
    /// Degrees, east positive.
    #[schema(value_type = schema::Longitude)]
    pub lon: f64,
}

impl Place {
    /// The position that is meant. Errors: latitude or longitude out of range, named as `field.lat`, `field.lon`.
    pub fn position(self, field: &str) -> Result<Position, Invalid> {
        Position::new(self.lat, self.lon).map_err(|invalid| invalid.within(field))
    }
}

impl From<Position> for Place {
    fn from(at: Position) -> Self {
        Self { lat: at.lat(), lon: at.lon() }
    }
}

/// Where a vehicle was and how full its battery, when it said so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reading {
    /// Where it was.
    pub position: Place,
    /// Where it pointed, if it knew.
    #[schema(value_type = Option<schema::HeadingDeg>)]
    pub heading_deg: Option<u16>,
    /// How full its battery was.
    #[schema(value_type = schema::Percent)]
    pub battery_percent: f64,
    /// When it said so.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
}

impl From<paceline_model::Reading> for Reading {
    fn from(of: paceline_model::Reading) -> Self {
        Self {
            position: of.position.into(),
            heading_deg: of.heading.map(Heading::as_degrees),
            battery_percent: of.charge.as_percent(),
            at: of.at,
        }
    }
}

/// The reading in a vehicle's own report. `at` is text, so that a bad one is refused by field and rule.
pub(crate) struct Reported<'a> {
    pub(crate) place: Place,
    pub(crate) battery_percent: f64,
    pub(crate) heading_deg: Option<f64>,
    pub(crate) at: Option<&'a str>,
}

impl Reported<'_> {
    pub(crate) fn reading(self, now: Instant) -> Result<paceline_model::Reading, Invalid> {
        Ok(paceline_model::Reading {
            position: Position::new(self.place.lat, self.place.lon)?,
            heading: self.heading_deg.map(Heading::from_degrees).transpose()?,
            charge: Charge::from_percent(self.battery_percent)?,
            at: time("at", self.at)?.unwrap_or(now),
        })
    }
}

/// The reading in a command of a vehicle. Errors: a value breaks a rule.
pub(crate) fn reading(
    position: Place,
    battery_percent: f64,
    now: Instant,
) -> Result<paceline_model::Reading, Invalid> {
    let charge = Charge::from_percent(battery_percent)?;
    Ok(paceline_model::Reading { position: position.position("position")?, heading: None, charge, at: now })
}

/// The time in a field that may be left out. Errors: no RFC 3339.
pub(crate) fn time(field: &str, text: Option<&str>) -> Result<Option<Instant>, Invalid> {
    text.map(str::parse).transpose().map_err(|invalid| renamed(invalid, field))
}

/// The same refusal under the name that the caller knows.
pub(crate) fn renamed(mut invalid: Invalid, field: &str) -> Invalid {
    invalid.field = field.into();
    invalid
}
