//! A part of a larger map: what lies around a place.

use super::draft::Draft;
use paceline_model::Position;
use paceline_model::limits::{Invalid, within};

/// A city's least and largest radius in kilometres: a quarter, and a metropolis with its suburbs.
const RADIUS_KM: (f64, f64) = (0.1, 200.0);

/// A circle on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    center: Position,
    radius_m: f64,
}

impl Circle {
    /// All that is within so many kilometres of `center`. Errors: `field` is out of the bounds of a city.
    pub fn from_km(field: &str, center: Position, radius_km: f64) -> Result<Self, Invalid> {
        let km = within(field, radius_km, RADIUS_KM)?;
        Ok(Self { center, radius_m: km * 1e3 })
    }
    /// Drops the streets that do not lie within, by their ends. Returns how many.
    pub(super) fn cut(self, draft: &mut Draft) -> u64 {
        let inside: Vec<bool> =
            draft.nodes.iter().map(|node| node.distance_m(self.center) <= self.radius_m).collect();
        let before = draft.streets.len();
        draft.streets.retain(|street| inside[street.from as usize] && inside[street.to as usize]);
        (before - draft.streets.len()) as u64
    }
}
