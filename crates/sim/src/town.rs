//! The streets of runs that need a town and no city: a small chessboard, one block in ten seconds.

use paceline_model::Position;
use paceline_road::Roads;
use std::sync::{Arc, OnceLock};

/// Columns and rows.
pub(crate) const SIDE: usize = 5;
/// A block of 100 m in degrees of latitude, and of longitude at the equator, where the town lies.
const BLOCK: f64 = 0.000_9;

/// The corner of a column and a row, counted from 0.
pub(crate) fn corner((column, row): (usize, usize)) -> Position {
    Position::new(row as f64 * BLOCK, column as f64 * BLOCK).unwrap_or_default()
}

/// The area of some columns, from one to before another, whose border runs between the streets.
pub(crate) fn columns(from: usize, to: usize) -> Vec<Position> {
    let (west, east) = ((from as f64 - 0.5) * BLOCK, (to as f64 - 0.5) * BLOCK);
    let (south, north) = (-0.5 * BLOCK, (SIDE as f64 - 0.5) * BLOCK);
    let corners = [(south, west), (south, east), (north, east), (north, west)];
    corners.into_iter().filter_map(|(lat, lng)| Position::new(lat, lng).ok()).collect()
}

/// The town's streets, built once for all runs of a program.
pub(crate) fn town() -> Arc<Roads> {
    static TOWN: OnceLock<Arc<Roads>> = OnceLock::new();
    let built = || Roads::chessboard(SIDE as u32, |column, row| corner((column as usize, row as usize)));
    TOWN.get_or_init(|| Arc::new(built().expect("the town is well built").0)).clone()
}
