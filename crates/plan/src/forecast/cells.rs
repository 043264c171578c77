//! Cells of the city: hexagons of H3 (Uber, 2018), named by their index.

use h3o::{CellIndex, LatLng, Resolution};
use paceline_model::Position;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A cell, by its H3 index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell(pub u64);

/// As H3's own tools write it, so that a file can be looked at on a map.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.as_hex())
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let no_cell = || serde::de::Error::custom(format!("{text} is no H3 cell"));
        u64::from_str_radix(&text, 16).map(Self).map_err(|_| no_cell())
    }
}

/// Finest and coarsest cells that make sense for a street: edges of 66 m and 22 km.
const RESOLUTION: (u8, u8) = (4, 10);

impl Cell {
    /// The cell around a place. A resolution outside 4 to 10 counts as its nearest bound.
    pub fn around(place: Position, resolution: u8) -> Self {
        let level = Resolution::try_from(resolution.clamp(RESOLUTION.0, RESOLUTION.1));
        let level = level.unwrap_or(Resolution::Eight);
        LatLng::new(place.lat(), place.lon()).map_or(Self(0), |place| Self(place.to_cell(level).into()))
    }
    /// The cell that is written so by H3's own tools; `None`: there is none.
    pub fn parse(hex: &str) -> Option<Self> {
        hex.parse::<CellIndex>().ok().map(|cell| Self(cell.into()))
    }
    /// How fine it is; `None`: it is no cell.
    pub fn resolution(self) -> Option<u8> {
        CellIndex::try_from(self.0).ok().map(|cell| cell.resolution().into())
    }
    /// Its middle; `None`: it is no cell.
    pub fn middle(self) -> Option<Position> {
        let middle = LatLng::from(CellIndex::try_from(self.0).ok()?);
        Position::new(middle.lat(), middle.lng()).ok()
    }
    /// As H3's own tools write it.
    pub fn as_hex(self) -> String {
        CellIndex::try_from(self.0).map_or_else(|_| format!("{:x}", self.0), |cell| cell.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_known_by_its_name_and_its_middle_lies_in_it() {
        let place = Position::new(59.9127, 10.7461).expect("a place");
        for resolution in 4..=10 {
            let cell = Cell::around(place, resolution);
            assert_eq!(Cell::parse(&cell.as_hex()), Some(cell));
            assert_eq!(cell.resolution(), Some(resolution));
            let middle = cell.middle().expect("it is a cell");
            assert_eq!(Cell::around(middle, resolution), cell);
        }
        assert_eq!((Cell::parse("harbour"), Cell::parse("0"), Cell(7).middle()), (None, None, None));
    }
}
