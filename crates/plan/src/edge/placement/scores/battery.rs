//! Spare batteries.

use crate::edge::placement::mix::{Score, Step};

/// *Battery*: charge. Points: percent, -100 (empty) to 0 (full, or on the grid); -101 where the charge is not known, behind every charge that
/// is. Work: constant. Source: ours; the rule that keeps nodes below their reserve free is the world's and stands before any score.
///
/// Known gap: capacity in watt-hours is not known, so that ten percent of a small battery weigh as much as of a large one.
pub struct Battery;

impl Score for Battery {
    fn points(&self, step: &Step<'_>) -> i32 {
        let charge = step.profile.readings.charge_percent.map_or(-1, |percent| i32::from(percent.min(100)));
        charge - 100
    }
}
