//! Charger sites and areas.

use crate::outline;
use crate::place::{Place, renamed};
use crate::schema;
use paceline_model::{ChargerId, ChargerSpec, Geofence, GeofenceId, Invalid, Position, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A charger site as its owner describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCharger {
    /// Where it is.
    pub position: Place,
    /// How many vehicles can charge at once.
    #[schema(value_type = schema::Plugs)]
    pub plugs: u16,
    /// Power of one plug.
    #[schema(value_type = schema::PlugKw)]
    pub plug_kw: f64,
}

impl NewCharger {
    /// The site that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: ChargerId) -> Result<ChargerSpec, Invalid> {
        ChargerSpec::new(id, self.position.position("position")?, self.plugs, self.plug_kw)
    }
}

/// A charger site as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChargerView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: ChargerId,
    /// Where it is.
    pub position: Place,
    /// How many vehicles can charge at once.
    #[schema(value_type = schema::Plugs)]
    pub plugs: u16,
    /// Power of one plug.
    #[schema(value_type = schema::PlugKw)]
    pub plug_kw: f64,
    /// Plugs that are neither in use nor kept for a vehicle on its way.
    pub free: u16,
}

impl From<&ChargerSpec> for NewCharger {
    fn from(of: &ChargerSpec) -> Self {
        let plug_kw = f64::from(of.plug_watts) / 1e3;
        Self { position: of.position.into(), plugs: of.plugs, plug_kw }
    }
}

/// An area as GeoJSON writes it: one closed ring, longitude first. Source: RFC 7946.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGeofence {
    /// `Polygon`.
    #[serde(rename = "type")]
    #[schema(pattern = "^Polygon$")]
    pub kind: String,
    /// One ring of [longitude, latitude]; holes are not supported.
    #[schema(value_type = Vec<schema::Ring>, min_items = 1, max_items = 1)]
    pub coordinates: Vec<Vec<[f64; 2]>>,
}

impl NewGeofence {
    /// The area that is meant.
    ///
    /// Errors: no polygon, a hole, a corner off the globe, too few or too many corners; an outline that crosses itself, or the date
    /// line, or that encloses nothing.
    pub fn area(&self, id: GeofenceId) -> Result<Geofence, Invalid> {
        if self.kind != "Polygon" {
            return Err(Invalid::new("type", &self.kind, Rule::OneOf("Polygon".into())));
        }
        let [ring] = self.coordinates.as_slice() else {
            let rule = Rule::Size { least: 1, most: 1, unit: "rings: holes are not supported".into() };
            return Err(Invalid::new("coordinates", self.coordinates.len(), rule));
        };
        let corner = |(index, [lon, lat]): (usize, &[f64; 2])| {
            Position::new(*lat, *lon).map_err(|invalid| invalid.within(&format!("coordinates[0][{index}]")))
        };
        let ring = ring.iter().enumerate().map(corner).collect::<Result<Vec<_>, _>>()?;
        let area = Geofence::new(id, ring).map_err(|invalid| renamed(invalid, "coordinates[0]"))?;
        outline::check(area.ring()).map_err(|invalid| renamed(invalid, "coordinates[0]"))?;
        Ok(area)
    }
}

/// An area as it stands, as GeoJSON with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GeofenceView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: GeofenceId,
    /// `Polygon`.
    #[serde(rename = "type")]
    #[schema(pattern = "^Polygon$")]
    pub kind: String,
    /// One ring of [longitude, latitude].
    #[schema(value_type = Vec<schema::Ring>, min_items = 1, max_items = 1)]
    pub coordinates: Vec<Vec<[f64; 2]>>,
}

impl From<&Geofence> for NewGeofence {
    fn from(of: &Geofence) -> Self {
        let mut ring: Vec<[f64; 2]> = of.ring().iter().map(|at| [at.lon(), at.lat()]).collect();
        ring.extend(ring.first().copied());
        Self { kind: "Polygon".into(), coordinates: vec![ring] }
    }
}
