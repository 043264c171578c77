//! From arcs of the hierarchy to the edges that they stand for. An arc is an edge along it, or two arcs over a lower port;
//! which, is found again by comparing weights, so that customisation need not write it down.

use super::layout::Hierarchy;
use super::metric::Metric;
use super::weight::{Arcs, Both, Weight};
use crate::leg::{EdgeId, Leg};
use std::sync::Arc;

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

/// What arcs stand for, once found: of a metric's arcs those that were asked for last. Reused from drive to drive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unpacked {
    /// By the arc and its sense, as many as fit: a newer one takes the place of an older.
    known: Vec<Known>,
    metric: Option<Arc<Metric>>,
}

/// At most a megabyte for each search.
const KNOWN_MAX: usize = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct Known {
    /// The arc and its sense; [`NOTHING`] if none is known here.
    of: u32,
    stands_for: Parts,
}

const NOTHING: u32 = u32::MAX;

/// What an arc is driven over.
#[derive(Clone, Copy, Debug)]
enum Parts {
    Edge(EdgeId),
    /// Over the lower port `via`: the arc from there to the tail, and the one to the head.
    Halves {
        via: u32,
        near: u32,
        far: u32,
    },
}

impl Unpacked {
    /// Forgets what was found under another metric.
    fn follow(&mut self, hierarchy: &Hierarchy<'_>, metric: &Arc<Metric>) {
        if self.metric.as_ref().is_none_or(|known| !Arc::ptr_eq(known, metric)) {
            let room = (2 * hierarchy.arcs()).next_power_of_two().min(KNOWN_MAX);
            self.known.clear();
            self.known.resize(room, Known { of: NOTHING, stands_for: Parts::Edge(EdgeId(0)) });
            self.metric = Some(Arc::clone(metric));
        }
    }

    /// Appends the edges of the arc between `low` and `high`, driven upwards or downwards, in driving order.
    pub(crate) fn unpack(
        &mut self,
        hierarchy: &Hierarchy<'_>,
        metric: &Arc<Metric>,
        (low, high): (u32, u32),
        upwards: bool,
        edges: &mut Vec<EdgeId>,
    ) {
        self.follow(hierarchy, metric);
        let Some(arc) = arc_between(hierarchy, low, high) else { return };
        let mut stack = vec![(arc, low, if upwards { Sense::Up } else { Sense::Down })];
        while let Some((arc, tail, sense)) = stack.pop() {
            match self.parts(hierarchy, metric, (arc, tail, sense)) {
                Some(Parts::Edge(edge)) => edges.push(edge),
                // The second half goes onto the stack first.
                Some(Parts::Halves { via, near, far }) => {
                    let (near, far) = (near as usize, far as usize);
                    stack.extend(match sense {
                        Sense::Up => [(far, via, Sense::Up), (near, via, Sense::Down)],
                        Sense::Down => [(near, via, Sense::Up), (far, via, Sense::Down)],
                    });
                }
                None => debug_assert!(false, "arc {arc} of no edge and no halves"),
            }
        }
    }

    fn parts(
        &mut self,
        hierarchy: &Hierarchy<'_>,
        metric: &Metric,
        (arc, tail, sense): (usize, u32, Sense),
    ) -> Option<Parts> {
        let of = (arc as u32) << 1 | u32::from(sense == Sense::Down);
        let slot = of as usize & (self.known.len() - 1);
        if self.known[slot].of == of {
            return Some(self.known[slot].stands_for);
        }
        let weight = sense.of(metric.arcs.get(arc));
        let stands_for = edge_along(hierarchy, metric.weights(), arc, sense, weight)
            .map(Parts::Edge)
            .or_else(|| halves(hierarchy, &metric.arcs, arc, tail, sense, weight))?;
        self.known[slot] = Known { of, stands_for };
        Some(stands_for)
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

/// Both halves of an arc over the first lower port that gives its weight.
fn halves(
    hierarchy: &Hierarchy<'_>,
    arcs: &Arcs,
    arc: usize,
    tail: u32,
    sense: Sense,
    weight: Weight,
) -> Option<Parts> {
    let head = hierarchy.up_heads[arc];
    hierarchy.low(tail as usize).iter().find_map(|&[via, near]| {
        let far = arc_between(hierarchy, via, head)?;
        let (near_both, far_both) = (arcs.get(near as usize), arcs.get(far));
        let sum = match sense {
            Sense::Up => near_both.down.plus(far_both.up),
            Sense::Down => far_both.down.plus(near_both.up),
        };
        (sum == weight).then_some(Parts::Halves { via, near, far: far as u32 })
    })
}
