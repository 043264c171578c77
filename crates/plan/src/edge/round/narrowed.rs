//! Which nodes a demand may go to beside what its amounts and classes say, and which of them are nearer than what a score can outweigh.

use super::evenly::Evenly;
use super::problem::{Demand, Problem, Spread};
use crate::edge::placement::{Beside, NodeRow};

/// More than the scores give any node.
const POINTS_OF_A_STEP: i32 = 1 << 28;

/// Spreads, the only node, and what is near first.
pub(super) struct Narrowed<'a> {
    evenly: Option<Evenly<'a>>,
    only: Option<NodeRow>,
    near: Option<Near<'a>>,
}

impl<'a> Narrowed<'a> {
    /// For one demand as replicas stand; `None` where every node is one of many.
    pub(super) fn of(problem: &'a Problem, spreads: &'a [Spread], demand: &'a Demand) -> Option<Self> {
        let evenly = Evenly::of(spreads, &demand.spreads);
        let near = demand.from.zip(demand.near.as_deref());
        let near = near.map(|(from, neighbours)| Near { problem, from, neighbours });
        let narrows = evenly.is_some() || demand.only.is_some() || near.is_some();
        narrows.then_some(Self { evenly, only: demand.only, near })
    }
}

impl Beside for Narrowed<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        self.only.is_none_or(|only| only == node)
            && self.evenly.as_ref().is_none_or(|evenly| evenly.admits(node))
    }
    fn points(&self, node: NodeRow) -> i32 {
        self.near.as_ref().map_or(0, |near| -(near.steps_to(node) as i32) * POINTS_OF_A_STEP)
    }
}

/// What is near the node that one leaves.
struct Near<'a> {
    problem: &'a Problem,
    from: NodeRow,
    /// Those that are named so, ascending.
    neighbours: &'a [NodeRow],
}

impl Near<'_> {
    /// 0 for who is named; who shares the narrowest place is next. At most five: their points are within 31 bits.
    fn steps_to(&self, node: NodeRow) -> u32 {
        if self.neighbours.binary_search(&node).is_ok() {
            return 0;
        }
        let place = |row: NodeRow| self.problem.places.get(row.0 as usize).copied().unwrap_or_default();
        1 + place(self.from).distance(&place(node))
    }
}
