//! From arcs of the hierarchy to the edges that they stand for. An arc is an edge along it, or two arcs over a lower port;
//! which, is found again by comparing weights, so that customisation need not write it down.

use super::layout::Hierarchy;
use super::weight::{Arcs, Both, Weight};
use crate::leg::{EdgeId, Leg};

/// Whether an arc is driven from its lower to its higher port, or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Up,
    Down,
}

impl Sense {
    fn of(self, both: Both) -> Weight {
        match self {
            Self::Up => both.up,
            Self::Down => both.down,
        }
    }
}

/// Appends the edges of the arc between `low` and `high`, driven upwards or downwards, in driving order.
pub(crate) fn unpack(
    hierarchy: &Hierarchy<'_>,
    arcs: &Arcs,
    weights: &[Leg],
    (low, high): (u32, u32),
    upwards: bool,
    edges: &mut Vec<EdgeId>,
) {
    let Some(arc) = arc_between(hierarchy, low, high) else { return };
    let mut stack = vec![(arc, low, if upwards { Sense::Up } else { Sense::Down })];
    while let Some((arc, tail, sense)) = stack.pop() {
        let weight = sense.of(arcs.get(arc));
        match edge_along(hierarchy, weights, arc, sense, weight) {
            Some(edge) => edges.push(edge),
            // The second half goes onto the stack first.
            None => stack.extend(halves(hierarchy, arcs, arc, tail, sense, weight).into_iter().flatten()),
        }
    }
}

fn arc_between(hierarchy: &Hierarchy<'_>, low: u32, high: u32) -> Option<usize> {
    let up = hierarchy.up(low as usize);
    hierarchy.up_heads[up.clone()].binary_search(&high).ok().map(|at| up.start + at)
}

/// The first edge along the arc that costs what the arc costs.
fn edge_along(
    hierarchy: &Hierarchy<'_>,
    weights: &[Leg],
    arc: usize,
    sense: Sense,
    weight: Weight,
) -> Option<EdgeId> {
    let fits = |&&input: &&u32| {
        (input & 1 == 1) == (sense == Sense::Down) && Weight::of(weights[(input >> 1) as usize]) == weight
    };
    hierarchy.inputs(arc).iter().find(fits).map(|input| EdgeId(input >> 1))
}

/// Both halves of an arc over the first lower port that gives its weight, the second half first.
fn halves(
    hierarchy: &Hierarchy<'_>,
    arcs: &Arcs,
    arc: usize,
    tail: u32,
    sense: Sense,
    weight: Weight,
) -> Option<[(usize, u32, Sense); 2]> {
    let head = hierarchy.up_heads[arc];
    hierarchy.low(tail as usize).iter().find_map(|&[via, near]| {
        let far = arc_between(hierarchy, via, head)?;
        let near = near as usize;
        let (first, second) = match sense {
            Sense::Up => ((near, via, Sense::Down), (far, via, Sense::Up)),
            Sense::Down => ((far, via, Sense::Down), (near, via, Sense::Up)),
        };
        let sum = first.2.of(arcs.get(first.0)).plus(second.2.of(arcs.get(second.0)));
        (sum == weight).then_some([second, first])
    })
}
