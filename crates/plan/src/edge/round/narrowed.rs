//! Which nodes a demand may go to beside what its amounts and classes say, and which of them are nearer than what a score can outweigh.

use super::evenly::Evenly;
use super::problem::{Demand, Place, Problem, Spread};
use crate::edge::placement::{Beside, NodeRow};

/// More than the scores give any node.
const POINTS_OF_A_STEP: i32 = 1 << 28;

/// Spreads, the only node, neighbours first.
pub(super) struct Narrowed<'a> {
    evenly: Option<Evenly<'a>>,
    only: Option<NodeRow>,
    near: Option<(&'a [Place], NodeRow)>,
}

impl<'a> Narrowed<'a> {
    /// For one demand as replicas stand; `None` where every node is one of many.
    pub(super) fn of(problem: &'a Problem, spreads: &'a [Spread], demand: &Demand) -> Option<Self> {
        let evenly = Evenly::of(spreads, &demand.spreads);
        let near = demand.from.filter(|_| demand.near).map(|from| (&problem.places[..], from));
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
        let Some((places, from)) = self.near else { return 0 };
        let place = |row: NodeRow| places.get(row.0 as usize).copied().unwrap_or_default();
        -(place(from).distance(&place(node)) as i32) * POINTS_OF_A_STEP
    }
}
