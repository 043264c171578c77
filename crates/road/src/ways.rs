//! From edges to the ways of the input and back: live speeds come by way, and a joined street runs along several.

use crate::columns::Section;
use crate::leg::EdgeId;
use crate::network::Roads;
use paceline_model::Centimetres;

/// A stretch of an edge that runs along one way of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayPart {
    /// The way's id, as in OpenStreetMap.
    pub way: i64,
    /// Whether the edge is driven in the order of the way's nodes.
    pub forward: bool,
    /// How long the stretch is.
    pub length: Centimetres,
}

/// A row of the section: the id in two words, then the length. `way` is negative where driven against its nodes.
pub(crate) fn pack(way: i64, metres: f64) -> [u32; 4] {
    [way as u32, (way >> 32) as u32, (metres * 100.0).round() as u32, 0]
}

fn unpack([low, high, length, _]: [u32; 4]) -> WayPart {
    let way = i64::from(low) | (i64::from(high as i32) << 32);
    WayPart { way: way.abs(), forward: way >= 0, length: Centimetres(length) }
}

impl Roads {
    /// The input's ways that an edge runs along, from its tail to its head; none for formats without ways.
    pub fn edge_ways(&self, edge: EdgeId) -> impl Iterator<Item = WayPart> {
        let first: &[u32] = self.column(Section::WayFirst);
        let parts: &[[u32; 4]] = self.column(Section::WayParts);
        parts[first[edge.index()] as usize..first[edge.index() + 1] as usize].iter().copied().map(unpack)
    }
}

/// The edges of each way: for a caller that looks up many.
#[derive(Clone, Debug)]
pub struct WayIndex {
    rows: Vec<(i64, EdgeId)>,
}

impl WayIndex {
    /// Reads all edges once.
    pub fn new(roads: &Roads) -> Self {
        let edges = (0..roads.edge_count() as u32).map(EdgeId);
        let mut rows: Vec<(i64, EdgeId)> =
            edges.flat_map(|edge| roads.edge_ways(edge).map(move |part| (part.way, edge))).collect();
        rows.sort_unstable();
        rows.dedup();
        Self { rows }
    }
    /// The edges that run along a way, in either direction, ascending; none if the network does not know it.
    pub fn edges(&self, way: i64) -> impl Iterator<Item = EdgeId> {
        let low = self.rows.partition_point(|row| row.0 < way);
        self.rows[low..].iter().take_while(move |row| row.0 == way).map(|row| row.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_size_and_direction_survive_packing() {
        for way in [1, -1, 7_000_000_000, -7_000_000_000, i64::from(u32::MAX), -i64::from(u32::MAX)] {
            let part = unpack(pack(way, 12.34));
            assert_eq!((part.way, part.forward, part.length), (way.abs(), way > 0, Centimetres(1_234)));
        }
    }
}
