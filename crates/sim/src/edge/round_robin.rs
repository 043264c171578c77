//! Round robin: the next node that fits, in turn, whatever it is like. The baseline that published schedulers for cities are measured by;
//! what it proposes is committed like any other plan.

use paceline_plan::edge::placement::{
    Cluster, NodeRow, Parts, Placement, Task, Unplaceable, choices, refusal,
};
use paceline_plan::edge::round::{Demand, Found, Outcome, Plan, Problem, Spread};

/// Whose turn it is.
#[derive(Default)]
pub(super) struct RoundRobin {
    next: u32,
}

struct Filling<'a> {
    cluster: Cluster,
    spreads: Vec<Spread>,
    nodes: u32,
    turn: &'a mut u32,
}

impl RoundRobin {
    pub(super) fn solve(&mut self, problem: &Problem) -> Plan {
        let (nodes, spreads) = (problem.nodes.len() as u32, problem.spreads.clone());
        let mut filling = Filling { cluster: problem.cluster(), spreads, nodes, turn: &mut self.next };
        let mut plan = Plan { made_from: problem.version, ..Plan::default() };
        let together = |a: &Demand, b: &Demand| a.gang.is_some() && a.gang == b.gang;
        let mut first = 0;
        for group in problem.demands.chunk_by(together) {
            plan.outcomes.extend(filling.serve(first, group));
            first += group.len();
        }
        plan
    }
}

impl Filling<'_> {
    /// All or none.
    fn serve(&mut self, first: usize, group: &[Demand]) -> Vec<Outcome> {
        let mut found = Vec::new();
        for demand in group {
            match self.place(demand) {
                Some(place) => found.push(place),
                None => break,
            }
        }
        let whole = found.len() == group.len();
        if !whole {
            for (demand, found) in group.iter().zip(&found).rev() {
                self.undo(demand, found);
            }
        }
        let of_gang = (group.len() > 1 && !whole).then_some((found.len() as u32, group.len() as u32));
        let outcome = |at: usize| Outcome {
            demand: first + at,
            found: if whole { Ok(found[at]) } else { Err(Unplaceable::default()) },
            of_gang,
            room: Vec::new(),
            later: false,
        };
        (0..group.len()).map(outcome).collect()
    }

    fn place(&mut self, demand: &Demand) -> Option<Found> {
        if demand.improves.is_some() {
            // Nothing is better or worse to it.
            return None;
        }
        self.count(demand, demand.from, false);
        for (option, task) in demand.options.iter().enumerate() {
            for ahead in 0..self.nodes {
                let node = NodeRow((*self.turn + ahead) % self.nodes);
                let Some(placement) = self.fits(demand, task, node) else { continue };
                if self.cluster.take(task, &placement).is_ok() {
                    *self.turn = (node.0 + 1) % self.nodes;
                    self.count(demand, Some(node), true);
                    return Some(Found {
                        node,
                        devices: placement.devices,
                        option,
                        points: 0,
                        parts: Parts::default(),
                        improved: None,
                    });
                }
            }
        }
        self.count(demand, demand.from, true);
        None
    }

    fn fits(&self, demand: &Demand, task: &Task, node: NodeRow) -> Option<Placement> {
        let (profile, free) = (self.cluster.profile(node), self.cluster.free(node)?);
        if demand.only.is_some_and(|only| only != node) {
            return None;
        }
        let evenly = demand.spreads.iter().all(|spread| {
            let spread = &self.spreads[*spread];
            spread.admits(node)
        });
        if !evenly || refusal(profile, free, task).is_some() {
            return None;
        }
        choices(profile, free, task).next().map(|devices| Placement { node, devices, points: 0 })
    }

    fn undo(&mut self, demand: &Demand, found: &Found) {
        let placement = Placement { node: found.node, devices: found.devices, points: 0 };
        self.cluster.give_back(&demand.options[found.option], &placement);
        self.count(demand, Some(found.node), false);
        self.count(demand, demand.from, true);
    }

    /// Counts a replica in the domains of a node, or no longer.
    fn count(&mut self, demand: &Demand, node: Option<NodeRow>, comes: bool) {
        let Some(node) = node else { return };
        demand.spreads.iter().for_each(|spread| self.spreads[*spread].count(node, comes));
    }
}
