//! The solver of a run: as a server's, or a baseline. Every plan is held against the rules, which is no part of the decision's time.

use super::policy::EdgePolicy;
use super::round_robin::RoundRobin;
use super::rules::Broken;
use crate::run::drive::Solves;
use crate::stopwatch::Stopwatch;
use paceline_engine::Ledger;
use paceline_engine::edge::{Edge, RoundSummary};
use paceline_model::Instant;
use paceline_plan::Budget;
use paceline_plan::edge::round::{self, Plan, Problem};
use std::time::Duration;

pub(super) struct EdgeSolver {
    policy: EdgePolicy,
    turns: RoundRobin,
    /// Wall time of the check of the round at hand, if there was one.
    checked: Option<Duration>,
    /// Rules that plans broke, in words: none, or a bug.
    pub(super) broken: Vec<Broken>,
    /// Proposals that no longer held when they were to be committed.
    pub(super) stale: u64,
}

impl EdgeSolver {
    pub(super) fn new(policy: EdgePolicy) -> Self {
        Self { policy, turns: RoundRobin::default(), checked: None, broken: Vec::new(), stale: 0 }
    }

    /// Once after each round that had something to decide: how long it was checked.
    pub(super) fn decided(&mut self) -> Option<Duration> {
        self.checked.take()
    }
}

/// The plan that a server would make.
pub(crate) fn as_served(problem: &Problem) -> Plan {
    round::solve(problem, &mut problem.placer(), &mut Budget::unlimited())
}

impl Solves<Edge> for EdgeSolver {
    fn solve(&mut self, _: Instant, _: &Ledger<Edge>, problem: &Problem) -> Option<Box<Plan>> {
        let plan = match self.policy {
            EdgePolicy::Configured | EdgePolicy::Named(_) => as_served(problem),
            EdgePolicy::RoundRobin => self.turns.solve(problem),
        };
        let watch = Stopwatch::start();
        if let Err(broken) = round::check(problem, &plan) {
            self.broken.push(broken.to_string().into());
        }
        self.checked = Some(watch.elapsed());
        Some(Box::new(plan))
    }

    fn over(&mut self, round: &RoundSummary) {
        self.stale += u64::from(round.stale);
    }
}
