//! One drive from place to place, by upward searches from both ends of it.

use super::nearest_query::Direction;
use super::search::Search;
use crate::cch::{Seed, Weight};
use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;

/// A drive between two places: how the start was left, how the goal is entered, and the whole edges in between.
#[derive(Clone, Debug)]
pub(super) struct Drive {
    pub(super) leg: Leg,
    pub(super) from: RoadPoint,
    pub(super) to: RoadPoint,
    /// `None` if the drive stays on one edge.
    pub(super) between: Option<Vec<EdgeId>>,
}

/// The fastest leg from one place to another; [`Leg::UNREACHABLE`] if no path leads there.
pub(super) fn leg(roads: &Roads, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
    let direct = roads.direct(from, to).map_or(Weight::NONE, |(weight, ..)| weight);
    let (starts, goals) = (roads.seeds(from, Direction::FromSource), roads.seeds(to, Direction::ToSource));
    meet(roads, search, &starts, &goals, direct).map_or(direct, |(weight, _)| weight).leg()
}

/// The fastest drive from one place to another.
pub(super) fn fastest(roads: &Roads, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Drive> {
    let direct = roads.direct(from, to);
    let starts = roads.named_seeds(from, Direction::FromSource);
    let goals = roads.named_seeds(to, Direction::ToSource);
    let seeds = |named: &[(Seed, RoadPoint)]| named.iter().map(|&(seed, _)| seed).collect::<Vec<_>>();
    let bound = direct.map_or(Weight::NONE, |(weight, ..)| weight);
    let Some((weight, port)) = meet(roads, search, &seeds(&starts), &seeds(&goals), bound) else {
        return direct.map(|(weight, from, to)| Drive { leg: weight.leg(), from, to, between: None });
    };
    let (mut up, start) = search.forward.path_down(port);
    let (down, goal) = search.backward.path_down(port);
    up.reverse();
    let (hierarchy, metric) = (roads.hierarchy(), roads.metric());
    let mut edges = Vec::new();
    for pair in up {
        search.unpacked.unpack(&hierarchy, metric, pair, true, &mut edges);
    }
    for pair in down {
        search.unpacked.unpack(&hierarchy, metric, pair, false, &mut edges);
    }
    Some(Drive { leg: weight.leg(), from: starts[start].1, to: goals[goal].1, between: Some(edges) })
}

/// Where the upward searches from both ends meet best, if that is better than `best`.
fn meet(
    roads: &Roads,
    search: &mut Search,
    from: &[Seed],
    to: &[Seed],
    mut best: Weight,
) -> Option<(Weight, u32)> {
    let hierarchy = roads.hierarchy();
    let upward = &roads.metric().upward;
    let mut meeting = None;
    let Search { forward, backward, settled, .. } = search;
    forward.run(&hierarchy, &upward.forward, from, |_, _| true);
    backward.run(&hierarchy, &upward.backward, to, |port, weight| {
        let sum = forward.weight(port).plus(weight);
        if sum < best {
            best = sum;
            meeting = Some((sum, port));
        }
        weight < best
    });
    *settled = (forward.passed.len() + backward.passed.len()) as u64;
    meeting
}
