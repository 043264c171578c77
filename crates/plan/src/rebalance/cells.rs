//! Cells of the city: hexagons of H3 (Uber, 2018), named by their index.

use h3o::{CellIndex, LatLng, Resolution};
use paceline_model::Position;

/// A cell, by its H3 index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell(pub u64);

/// Finest and coarsest cells that make sense for a street: edges of 66 m and 22 km.
pub(super) const RESOLUTION: (u8, u8) = (4, 10);

impl Cell {
    /// The cell around a place. A resolution outside [`RESOLUTION`] counts as its nearest bound.
    pub fn around(place: Position, resolution: u8) -> Self {
        let level = Resolution::try_from(resolution.clamp(RESOLUTION.0, RESOLUTION.1));
        let level = level.unwrap_or(Resolution::Eight);
        LatLng::new(place.lat(), place.lon()).map_or(Self(0), |place| Self(place.to_cell(level).into()))
    }
    /// As H3's own tools write it.
    pub fn as_hex(self) -> String {
        CellIndex::try_from(self.0).map_or_else(|_| format!("{:x}", self.0), |cell| cell.to_string())
    }
}
