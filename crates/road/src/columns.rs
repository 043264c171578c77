//! Drives between a few chosen places by look-up: for each node that a chosen place lies behind, the drive to it from
//! every node, computed once and kept. Called where the same goals are asked for thousands of times a round, as shared
//! rides do. Left out on purpose: large networks. A column is as long as the network, so a city of a few thousand nodes
//! fits whole and a country does not.

use crate::leg::{Leg, RoadPoint};
use crate::network::Roads;
use crate::search::{Direction, Reached, Search};
use paceline_model::Millis;
use std::collections::VecDeque;

/// Most legs kept at one time: 240 MB, all pairs of a network of 4,400 nodes.
const LEGS_MAX: usize = 20_000_000;

/// Columns of the table of all drives, by the node that they lead to. The oldest go first when there are too many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    by_node: Vec<Option<Box<[Leg]>>>,
    by_age: VecDeque<u32>,
    network: u32,
}

/// A place prepared for many questions: where drives from it begin and where drives to it end.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    names: [Option<RoadPoint>; 2],
    /// Nodes that one gets to from here, and the drive there.
    ahead: [(u32, Leg); 2],
    /// Nodes from which one gets here, and the drive from there.
    behind: [(u32, Leg); 2],
}

impl Roads {
    /// Prepares a place. Panics if it is of another network.
    pub fn spot(&self, point: RoadPoint) -> Spot {
        let names = [Some(point), self.mirrored(point)];
        let of = |name: Option<RoadPoint>, pick: fn(&Self, RoadPoint) -> (u32, Leg)| {
            name.map_or((0, Leg::UNREACHABLE), |name| pick(self, name))
        };
        let ahead = |roads: &Self, name: RoadPoint| (roads.head(name.edge), roads.after(name));
        let behind = |roads: &Self, name: RoadPoint| (roads.tail(name.edge), roads.before(name));
        Spot { names, ahead: names.map(|name| of(name, ahead)), behind: names.map(|name| of(name, behind)) }
    }

    /// Makes sure that drives to `goal` can be looked up. Returns the nodes settled for it; none if it was known.
    pub fn prepare(&self, search: &mut Search, goal: &Spot) -> u64 {
        let mut columns = std::mem::take(&mut search.columns);
        if columns.network != self.digest() || columns.by_node.len() != self.node_count() {
            columns = Columns {
                by_node: vec![None; self.node_count()],
                network: self.digest(),
                ..Columns::default()
            };
        }
        let mut settled = 0;
        for (node, leg) in goal.behind {
            if leg.is_reachable() && columns.by_node[node as usize].is_none() {
                columns.keep(node, self.legs_to(search, node));
                settled += search.settled();
            }
        }
        search.columns = columns;
        settled
    }

    /// The drive between two places; [`Leg::UNREACHABLE`] if there is none, or if `to` was not prepared or is forgotten.
    ///
    /// Of two ways of equal time it may name another one than [`crate::TravelTimes::leg`].
    pub fn look_up(&self, search: &Search, from: &Spot, to: &Spot) -> Leg {
        let mut best = self.along_one_edge(from, to);
        for (goal, rest) in to.behind {
            let Some(Some(column)) = search.columns.by_node.get(goal as usize) else { continue };
            for (start, first) in from.ahead {
                let leg = first.then(column[start as usize]).then(rest);
                if leg.time < best.time {
                    best = leg;
                }
            }
        }
        best
    }

    fn along_one_edge(&self, from: &Spot, to: &Spot) -> Leg {
        let mut best = Leg::UNREACHABLE;
        for start in from.names.into_iter().flatten() {
            for goal in to.names.into_iter().flatten() {
                if start.edge == goal.edge && start.fraction <= goal.fraction {
                    let leg = self.before(goal).without(self.before(start));
                    if leg.time < best.time {
                        best = leg;
                    }
                }
            }
        }
        best
    }

    /// From every node to `goal`.
    fn legs_to(&self, search: &mut Search, goal: u32) -> Box<[Leg]> {
        let mut legs = vec![Leg::UNREACHABLE; self.node_count()].into_boxed_slice();
        search.begin(self.node_count(), 0);
        let bound = Millis(u32::MAX - 1);
        search.reach(goal, Leg::default(), bound, 0);
        while let Some((reached, leg)) = search.next() {
            let Reached::Node(node) = reached else { continue };
            legs[node as usize] = leg;
            for arc in self.arcs_at(Direction::ToSource, node) {
                search.reach(arc.other, leg.then(arc.leg()), bound, 0);
            }
        }
        legs
    }
}

impl Columns {
    fn keep(&mut self, node: u32, legs: Box<[Leg]>) {
        let most = (LEGS_MAX / legs.len().max(1)).max(64);
        while self.by_age.len() >= most {
            if let Some(oldest) = self.by_age.pop_front() {
                self.by_node[oldest as usize] = None;
            }
        }
        self.by_node[node as usize] = Some(legs);
        self.by_age.push_back(node);
    }
}
