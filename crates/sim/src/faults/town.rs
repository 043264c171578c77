//! The streets of a run: a small chessboard, one block in ten seconds.

use paceline_model::Position;
use paceline_road::Roads;
use std::sync::{Arc, OnceLock};

/// Columns and rows.
pub(super) const SIDE: usize = 5;
/// A block of 100 m in degrees of latitude, and of longitude at the equator, where the town lies.
const BLOCK: f64 = 0.000_9;

/// The corner of a column and a row, counted from 0.
pub(super) fn corner((column, row): (usize, usize)) -> Position {
    Position::new(row as f64 * BLOCK, column as f64 * BLOCK).unwrap_or_default()
}

/// The town's streets, built once for all runs of a program.
pub(super) fn town() -> Arc<Roads> {
    static TOWN: OnceLock<Arc<Roads>> = OnceLock::new();
    let built = || Roads::chessboard(SIDE as u32, |column, row| corner((column as usize, row as usize)));
    TOWN.get_or_init(|| Arc::new(built().expect("the town is well built").0)).clone()
}
