//! Places that a scenario names: one that is where no street is, such as with latitude and longitude exchanged, would go unnoticed.

use super::draw::{NEAR_M, on_the_map};
use crate::scenario::Scenario;
use paceline_model::{Invalid, Rule};
use paceline_road::Roads;

/// Errors: an area that no street comes near, or a rank that lies at none.
pub(super) fn check(scenario: &Scenario, roads: &Roads) -> Result<(), Invalid> {
    for (number, area) in scenario.areas.iter().enumerate() {
        let (ring, m_max) = (area.geofence()?, scenario.fleet.snap_m_max);
        if !roads.touches(&ring, f64::from(m_max)) {
            return Err(ring.off_the_map(&format!("areas[{number}].ring"), m_max));
        }
    }
    for (number, rank) in scenario.idle.positions()?.into_iter().enumerate() {
        if !on_the_map(roads, rank) {
            let rule = Rule::Shape(format!("must lie within {NEAR_M} m of a road of this scenario"));
            return Err(Invalid::new(format!("idle.ranks[{number}]"), rank, rule));
        }
    }
    Ok(())
}
