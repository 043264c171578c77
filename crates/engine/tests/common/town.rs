//! A chessboard town: streets every 100 m in both directions, at 36 km/h, so that one block takes 10 s.

use paceline_model::Position;
use paceline_road::Roads;
use std::sync::Arc;

/// Columns and rows of the town.
pub const SIDE: u32 = 8;
const ORIGIN: (f64, f64) = (40.0, -74.0);
const METRES_PER_DEGREE: f64 = 111_195.08;

/// The corner at a column and a row, counted from 0.
pub fn corner(column: u32, row: u32) -> Position {
    let lat = ORIGIN.0 + f64::from(row) * 100.0 / METRES_PER_DEGREE;
    let lon = ORIGIN.1 + f64::from(column) * 100.0 / (METRES_PER_DEGREE * ORIGIN.0.to_radians().cos());
    Position::new(lat, lon).expect("the town is on earth")
}

/// The town's streets.
pub fn town() -> Arc<Roads> {
    Arc::new(Roads::chessboard(SIDE, corner).expect("the town is well built").0)
}
