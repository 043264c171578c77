//! A plain grid of degrees over the region, in which vehicles that can be dispatched are found by where they are.

use paceline_model::Position;

/// Cells per degree: 56 m from north to south, and less from west to east. Few vehicles stand in one, however dense the fleet.
const CELLS_PER_DEGREE: f64 = 2_000.0;
/// A cell of the grid: south to north, west to east.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Cell(i32, i32);

impl Cell {
    pub(super) fn of(at: Position) -> Self {
        Self((at.lat() * CELLS_PER_DEGREE).floor() as i32, (at.lon() * CELLS_PER_DEGREE).floor() as i32)
    }
    /// The cells `ring` steps away: the border of a square.
    pub(super) fn ring(self, ring: i32) -> impl Iterator<Item = Self> {
        let Self(lat, lon) = self;
        let ends = if ring == 0 { vec![lat] } else { vec![lat - ring, lat + ring] };
        let rows =
            ends.into_iter().flat_map(move |row| (lon - ring..=lon + ring).map(move |at| Self(row, at)));
        let sides =
            (lat - ring + 1..lat + ring).flat_map(move |row| [Self(row, lon - ring), Self(row, lon + ring)]);
        rows.chain(sides)
    }
}

/// Where a vehicle stands in the index: kept in its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: usize,
    pub(super) cell: Cell,
    /// Whether its charge is so low that it may want to charge.
    pub(super) wants_charge: bool,
    /// Whether no round counts on where it is.
    pub(super) unlocated: bool,
}
