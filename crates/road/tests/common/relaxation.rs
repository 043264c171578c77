//! The floor under the oracle: fastest times by relaxing every edge until nothing changes, without turns.

use super::names;
use paceline_model::Position;
use paceline_road::{EdgeId, RoadPoint, Roads};
use std::collections::BTreeMap;

/// Fastest times between all nodes, in milliseconds, by relaxing every edge until nothing changes.
pub(crate) struct Oracle {
    pub(crate) node: BTreeMap<Position, usize>,
    time: Vec<Vec<u64>>,
}

const FAR: u64 = u64::MAX / 4;

impl Oracle {
    /// From weighted edges between places.
    pub(crate) fn new(edges: &[(Position, Position, u64)]) -> Self {
        let mut node = BTreeMap::new();
        for &(from, to, _) in edges {
            for place in [from, to] {
                let next = node.len();
                node.entry(place).or_insert(next);
            }
        }
        let mut time = vec![vec![FAR; node.len()]; node.len()];
        for (source, row) in time.iter_mut().enumerate() {
            row[source] = 0;
            loop {
                let before = row.clone();
                for (from, to, weight) in edges {
                    row[node[to]] = row[node[to]].min(row[node[from]] + weight);
                }
                if *row == before {
                    break;
                }
            }
        }
        Self { node, time }
    }
    pub(crate) fn of(roads: &Roads) -> Self {
        let edges: Vec<_> = (0..roads.edge_count() as u32)
            .map(|edge| {
                let (tail, head) = ends(roads, EdgeId(edge));
                (tail, head, u64::from(roads.edge_leg(EdgeId(edge)).time.0))
            })
            .collect();
        Self::new(&edges)
    }
    pub(crate) fn between(&self, from: Position, to: Position) -> u64 {
        self.time[self.node[&from]][self.node[&to]]
    }
    /// From place to place: along one edge, or over the nodes, for both names of both.
    pub(crate) fn drive(&self, roads: &Roads, from: RoadPoint, to: RoadPoint) -> u64 {
        let part = |point: RoadPoint| {
            u64::from(roads.edge_leg(point.edge).time.0) * u64::from(point.fraction) / 65_535
        };
        let mut best = FAR;
        for a in names(roads, from) {
            for b in names(roads, to) {
                if a.edge == b.edge && a.fraction <= b.fraction {
                    best = best.min(part(b) - part(a));
                }
                let rest = u64::from(roads.edge_leg(a.edge).time.0) - part(a);
                best = best.min(rest + self.between(ends(roads, a.edge).1, ends(roads, b.edge).0) + part(b));
            }
        }
        best
    }
}

/// Where an edge begins and ends on the ground.
pub(crate) fn ends(roads: &Roads, edge: EdgeId) -> (Position, Position) {
    let line = roads.edge_geometry(edge);
    (line[0], line[line.len() - 1])
}
