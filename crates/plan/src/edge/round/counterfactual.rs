//! What a round would come to, and what would make its first *no* a yes. Nothing of it is committed: the round is the one that `solve` solves, and
//! each change is tried on the nodes as it has filled them, under the same rules.

use super::evenly::Evenly;
use super::filling::{Filling, Known};
use super::plan::Plan;
use super::problem::{Demand, Problem};
use super::solve::serve_all;
use crate::Budget;
use crate::edge::placement::{Beside, NodeRow, Offer, Placement, Remedy, Rule, Task, Unplaceable, remedies};
use std::cell::Cell;

/// What may be thought of for the demands of a problem beside what they ask for: they are of one workload.
#[derive(Clone, Debug, Default)]
pub struct Alternatives {
    /// Variants that it may not run as, the best first.
    pub variants: Vec<Task>,
    /// Where in [`Problem::groups`] the workload itself stands, if any of it runs.
    pub own: Option<usize>,
    /// Rules of the caller, each with the demand's options as they are judged without it.
    pub lifted: Vec<(u8, Vec<Task>)>,
}

/// What would make a *no* a yes: one of these is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterfactual {
    /// The demand, as those that were served before it have their places.
    pub demand: usize,
    /// Changes, the least first.
    pub remedies: Vec<Remedy>,
    /// Replicas may stand less evenly.
    pub uneven: Option<Uneven>,
}

/// The least uneven that replicas would have to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uneven {
    /// Which of the demand's options.
    pub option: usize,
    /// Where it would go.
    pub placement: Placement,
    /// The skew that each of the demand's spreads would have to allow.
    pub skews: Vec<u32>,
}

/// Solves a round and, for the first demand that goes nowhere, looks for what would help. All that runs and is not held must have been judged, so that
/// anybody may be moved; the demands are of one workload.
///
/// Work: as [`super::solve`], and once some ten times as much as making room for one.
pub fn what_if(
    problem: &Problem,
    alternatives: &Alternatives,
    budget: &mut Budget,
) -> (Plan, Option<Counterfactual>) {
    let mut placer = problem.placer();
    let mut filling = Filling::new(problem, &mut placer, Known::All);
    let mut first = None;
    let plan = serve_all(&mut filling, problem, budget, &mut |filling, demand, why_not, budget| {
        if first.is_none() {
            first = Some(filling.counterfactual(demand, alternatives, why_not, budget));
        }
    });
    (plan, first)
}

impl Filling<'_> {
    fn counterfactual(
        &mut self,
        number: usize,
        alternatives: &Alternatives,
        why_not: &Unplaceable,
        budget: &mut Budget,
    ) -> Counterfactual {
        let demand = &self.problem.demands[number];
        // As while it is placed: it has left the node that it is to leave.
        demand.from.into_iter().for_each(|from| self.count(&demand.spreads, from, false));
        let remedies = self.remedies(demand, alternatives, why_not, budget);
        let uneven = if why_not.nodes.contains_key(&Rule::Beside) { self.uneven(demand) } else { None };
        demand.from.into_iter().for_each(|from| self.count(&demand.spreads, from, true));
        Counterfactual { demand: number, remedies, uneven }
    }

    fn remedies(
        &mut self,
        demand: &Demand,
        alternatives: &Alternatives,
        why_not: &Unplaceable,
        budget: &mut Budget,
    ) -> Vec<Remedy> {
        let (problem, Alternatives { variants, own, lifted }) = (self.problem, alternatives);
        let rises = |at: usize| own.is_some() && problem.running[at].group == *own;
        self.by_its_means(demand, |cluster, placer, means| {
            let offer = Offer { means, rises: &rises, variants, lifted };
            remedies(cluster, placer, &demand.options, why_not, &offer, budget)
        })
    }

    /// The least exception from how evenly replicas are to stand.
    fn uneven(&mut self, demand: &Demand) -> Option<Uneven> {
        let evenly = Evenly::of(&self.spreads, &demand.spreads)?;
        let least = Least { evenly: &evenly, only: demand.only, excess: Cell::new(u32::MAX) };
        for task in &demand.options {
            // It admits nobody: what counts is whom it is asked about.
            _ = self.placer.find_among(&self.cluster, task, &least);
        }
        let within = Within(&least);
        let options = demand.options.iter().enumerate();
        let mut found = options.filter_map(|(option, task)| {
            let placement = self.placer.find_among(&self.cluster, task, &within).ok()?;
            Some(Uneven { option, placement, skews: evenly.skews(placement.node)? })
        });
        found.next()
    }
}

/// Notes by how much the spreads would have to be exceeded, at least, where a task fits.
struct Least<'a> {
    evenly: &'a Evenly<'a>,
    only: Option<NodeRow>,
    excess: Cell<u32>,
}

impl Beside for Least<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        if self.only.is_none_or(|only| only == node)
            && let Some(excess) = self.evenly.excess(node)
        {
            self.excess.set(self.excess.get().min(excess));
        }
        false
    }
}

/// Lets replicas where the spreads are exceeded by no more than that.
struct Within<'a>(&'a Least<'a>);

impl Beside for Within<'_> {
    fn admits(&self, node: NodeRow) -> bool {
        let Self(least) = self;
        least.only.is_none_or(|only| only == node)
            && least.evenly.excess(node).is_some_and(|excess| excess <= least.excess.get())
    }
}
