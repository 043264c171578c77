//! The nearest of many places, by Dijkstra's algorithm over the ports of the network: it obeys turn restrictions, and is the
//! floor under the hierarchy.
//!
//! Targets wait in the same queue as ports, behind them at equal time: they come out nearest first, ties by index, and the
//! search ends with the last one that is wanted. Source: Dijkstra, Numerische Mathematik 1, 1959.

use super::nearest_query::{Direction, Found, NearestQuery};
use super::search::{Reached, Search, within};
use super::targets::Targets;
use crate::cch::Weight;
use crate::leg::{Leg, RoadPoint};
use crate::network::Roads;
use paceline_model::Millis;

/// The answer to one query, nearest first.
pub(super) fn nearest(
    roads: &Roads,
    search: &mut Search,
    query: NearestQuery,
    targets: &Targets,
    direction: Direction,
) -> Vec<Found> {
    let NearestQuery { place, count, bound } = query;
    let hierarchy = roads.hierarchy();
    let (weights, bound) = (roads.metric().weights(), within(bound));
    let mut found = Vec::with_capacity(count.min(targets.len()));
    search.begin(hierarchy.ports(), targets.len());
    if count == 0 || targets.is_empty() {
        return found;
    }
    depart(roads, search, place, targets, direction, bound);
    while let Some((reached, weight)) = search.next() {
        match reached {
            Reached::Target(target) => {
                found.push(Found { target, leg: weight.leg() });
                if found.len() == count {
                    break;
                }
            }
            Reached::Port(port) => {
                for entry in targets.at(direction, port) {
                    search.reach_target(entry.target, weight.plus(entry.weight), bound);
                }
                let arcs = match direction {
                    Direction::FromSource => hierarchy.on(port),
                    Direction::ToSource => hierarchy.back(port),
                };
                for arc in arcs {
                    let beyond = weight.plus(Weight::of(weights[arc.edge as usize]));
                    search.reach(arc.head, beyond, bound);
                }
            }
        }
    }
    found
}

/// Starts a search at its source: at the ends of its edge, and at targets on the same edge.
fn depart(
    roads: &Roads,
    search: &mut Search,
    source: RoadPoint,
    targets: &Targets,
    direction: Direction,
    bound: i64,
) {
    for name in roads.names(source) {
        targets.beside(roads, name, direction, |target, weight| search.reach_target(target, weight, bound));
    }
    for seed in roads.seeds(source, direction) {
        search.reach(seed.port, seed.weight, bound);
    }
}

impl Roads {
    /// From one place to another by Dijkstra's algorithm alone: the floor under the hierarchy, for comparison.
    pub fn leg_without_hierarchy(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
        let query = NearestQuery { place: from, count: 1, bound: Millis::MAX };
        let found = nearest(self, search, query, &Targets::new(self, &[to]), Direction::FromSource);
        found.first().map_or(Leg::UNREACHABLE, |found| found.leg)
    }
}
