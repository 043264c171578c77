//! Serves the demands of a round one after the other, each by the best node for its most wanted variant that has one.
//!
//! Work: for each demand and variant, the states of nodes that changed since such a task was last looked at; all nodes where replicas
//! are spread. What the budget leaves out has no outcome and is asked for again.

use super::problem::{Demand, Place, Problem, Spread};
use crate::Budget;
use crate::edge::placement::{
    Beside, Cluster, Devices, NodeRow, Parts, Placement, Placer, Task, Unplaceable,
};
use paceline_model::Version;

/// Steps of the budget for looking at the nodes of one kind of task: some microseconds.
const STEPS_OF_A_LOOK: u64 = 64;

/// Where a demand goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The node.
    pub node: NodeRow,
    /// Its devices.
    pub devices: Devices,
    /// Which of the demand's options it runs as.
    pub option: usize,
    /// What the scores gave the node.
    pub points: i32,
    /// What each of them gave it.
    pub parts: Parts,
}

/// What became of a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its place in [`Problem::demands`].
    pub demand: usize,
    /// Where it goes, or how many nodes each rule took out for the variant that was wanted most.
    pub found: Result<Found, Unplaceable>,
    /// Of a gang that did not go: how many would have, and of how many.
    pub of_gang: Option<(u32, u32)>,
}

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The world that it was made from.
    pub made_from: Version,
    /// By demand; what the budget left out is not here.
    pub outcomes: Vec<Outcome>,
    /// Whether the budget ended before the last demand.
    pub ran_short: bool,
}

/// The nodes as the round fills them.
struct Filling<'a> {
    cluster: Cluster,
    placer: &'a mut Placer,
    spreads: Vec<Spread>,
    places: &'a [Place],
}

/// Proposes a place for each demand. `placer` must be fresh, such as [`Problem::placer`].
pub fn solve(problem: &Problem, placer: &mut Placer, budget: &mut Budget) -> Plan {
    let mut filling = Filling {
        cluster: cluster(problem),
        placer,
        spreads: problem.spreads.clone(),
        places: &problem.places,
    };
    let mut plan = Plan { made_from: problem.version, ..Plan::default() };
    let mut next = 0;
    while next < problem.demands.len() {
        if budget.is_over() {
            plan.ran_short = true;
            break;
        }
        let end = next + gang_length(&problem.demands[next..]);
        plan.outcomes.extend(filling.serve(&problem.demands, next..end, budget));
        next = end;
    }
    plan
}

/// The nodes of a round with what runs on them.
pub(super) fn cluster(problem: &Problem) -> Cluster {
    let mut cluster = Cluster::new();
    for node in &problem.nodes {
        let row = cluster.add(node.clone());
        let (policy, readings) = problem.known.of(row);
        cluster.inform(row, policy, readings);
    }
    for running in &problem.running {
        // What no longer fits, since its node has shrunk under it, takes no room from others: the commit looks again.
        _ = cluster.take(&running.task, &running.placement);
    }
    cluster
}

/// How many demands from the first on go together.
fn gang_length(demands: &[Demand]) -> usize {
    match demands.first().and_then(|demand| demand.gang) {
        Some(gang) => demands.iter().take_while(|demand| demand.gang == Some(gang)).count(),
        None => 1,
    }
}

impl Filling<'_> {
    /// Serves demands that go together; one that goes alone is a gang of one.
    fn serve(
        &mut self,
        all: &[Demand],
        together: std::ops::Range<usize>,
        budget: &mut Budget,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(together.len());
        for index in together.clone() {
            let found = self.place(&all[index], budget);
            outcomes.push(Outcome { demand: index, found, of_gang: None });
        }
        let placed = outcomes.iter().filter(|outcome| outcome.found.is_ok()).count();
        if placed == outcomes.len() || placed == 0 && outcomes.len() == 1 {
            return outcomes;
        }
        self.undo(all, &mut outcomes);
        let of_gang = Some((placed as u32, outcomes.len() as u32));
        outcomes.iter_mut().for_each(|outcome| outcome.of_gang = of_gang);
        outcomes
    }

    /// Gives back what a gang that does not go was given; all of it is refused by what refused one.
    fn undo(&mut self, all: &[Demand], outcomes: &mut [Outcome]) {
        let why_not = outcomes.iter().find_map(|outcome| outcome.found.as_ref().err().cloned());
        let why_not = why_not.unwrap_or_default();
        for outcome in outcomes.iter_mut().rev() {
            let demand = &all[outcome.demand];
            if let Ok(found) = &outcome.found {
                let placement = Placement { node: found.node, devices: found.devices, points: found.points };
                self.cluster.give_back(&demand.options[found.option], &placement);
                self.count(demand, found.node, false);
                if let Some(from) = demand.from {
                    self.count(demand, from, true);
                }
                outcome.found = Err(why_not.clone());
            }
        }
    }

    fn place(&mut self, demand: &Demand, budget: &mut Budget) -> Result<Found, Unplaceable> {
        if let Some(from) = demand.from {
            self.count(demand, from, false);
        }
        let mut why_not = None;
        for (option, task) in demand.options.iter().enumerate() {
            match self.look(demand, task, budget) {
                Ok(placement) => {
                    let parts = self.placer.parts(&self.cluster, task, &placement);
                    if self.cluster.take(task, &placement).is_ok() {
                        self.count(demand, placement.node, true);
                        let Placement { node, devices, points } = placement;
                        return Ok(Found { node, devices, option, points, parts });
                    }
                }
                Err(unplaceable) => _ = why_not.get_or_insert(unplaceable),
            }
        }
        if let Some(from) = demand.from {
            self.count(demand, from, true);
        }
        Err(why_not.unwrap_or_default())
    }

    fn look(&mut self, demand: &Demand, task: &Task, budget: &mut Budget) -> Result<Placement, Unplaceable> {
        if demand.spreads.is_empty() && demand.only.is_none() && !demand.near {
            budget.spend(STEPS_OF_A_LOOK);
            return self.placer.find(&self.cluster, task);
        }
        budget.spend(STEPS_OF_A_LOOK + u64::from(self.cluster.in_service()));
        let spreads = demand.spreads.iter().map(|spread| &self.spreads[*spread]);
        let beside = Narrowed {
            evenly: Evenly(spreads.map(|spread| (spread, spread.emptiest())).collect()),
            only: demand.only,
            near: demand.from.filter(|_| demand.near).map(|from| (self.places, from)),
        };
        let mut found = self.placer.find_among(&self.cluster, task, &beside)?;
        found.points = found.points.saturating_sub(beside.points(found.node));
        Ok(found)
    }

    /// Counts a replica in the domains of a node, or no longer.
    fn count(&mut self, demand: &Demand, node: NodeRow, comes: bool) {
        for spread in &demand.spreads {
            self.spreads[*spread].count(node, comes);
        }
    }
}

/// What of the nodes is asked, and which of them are nearer than what a score gives can outweigh.
struct Narrowed<'a> {
    evenly: Evenly<'a>,
    only: Option<NodeRow>,
    near: Option<(&'a [Place], NodeRow)>,
}

/// More than the scores give any node.
const POINTS_OF_A_STEP: i32 = 1 << 28;

impl Beside for Narrowed<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        self.only.is_none_or(|only| only == node) && self.evenly.admits(node)
    }
    fn points(&self, node: NodeRow) -> i32 {
        let Some((places, from)) = self.near else { return 0 };
        let place = |row: NodeRow| places.get(row.0 as usize).copied().unwrap_or_default();
        -(place(from).distance(&place(node)) as i32) * POINTS_OF_A_STEP
    }
}

/// Lets replicas only where they stand evenly; with the emptiest domain of each spread, which stays so during a look.
struct Evenly<'a>(Vec<(&'a Spread, u32)>);

impl Beside for Evenly<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        self.0.iter().all(|(spread, emptiest)| spread.admits(node, *emptiest))
    }
}
