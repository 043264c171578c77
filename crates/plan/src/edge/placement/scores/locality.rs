//! Put work near its users.

use crate::edge::placement::mix::{Score, Step};

/// Metres that one point stands for: closer than that, the last mile decides.
const POINT_M: u32 = 100;

/// Farther than 100 km it does not matter how far: that is a millisecond of fibre.
const FAR: u32 = 1_000;

/// *Locality*: mean distance from the region's users, as the crow flies. Points: minus hundreds of metres, -1,000 (100 km or more) to 0; -1,001 where
/// the node has no position, or nobody has said where users are. Work: constant; the distances are worked out once a round. Source: ours.
///
/// Known gap: each replica is judged alone, so that several gather in the middle: `spread` keeps them apart.
pub struct Locality;

impl Score for Locality {
    fn points(&self, step: &Step<'_>) -> i32 {
        let known = step.profile.readings.users_m.map(|metres| (metres / POINT_M).min(FAR));
        -(known.unwrap_or(FAR + 1) as i32)
    }
}
