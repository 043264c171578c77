//! What a drive of a van takes where no streets are known.

use paceline_model::{Millis, Position};

/// How much longer than the straight line a drive in a city is: between 1.2 on a grid and 1.5 with a river (Boscoe, Henry and Zdeb, 2012,
/// find 1.4 on the whole).
const DETOUR: f64 = 1.4;
/// A van in a city, lights and parking included, in metres a millisecond: 20 km/h.
const METRES_PER_MS: f64 = 20.0 / 3_600.0;

/// What a drive takes, by the straight line.
pub fn drive(from: Position, to: Position) -> Millis {
    Millis((from.distance_m(to) * DETOUR / METRES_PER_MS).min(f64::from(u32::MAX - 1)) as u32)
}
