//! The solver of a run: within its budget of work steps, at once or after the delay that the scenario sets. Every plan is checked by
//! the rules, and held against what the shadow policy would have done.

use super::drive::Solves;
use super::rounds::Rounds;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use paceline_engine::{Fleet, Ledger, RoundSummary};
use paceline_model::{Instant, Millis, VehicleIdx};
use paceline_plan::fleet::{charging, dispatch, pooling, reposition};
use paceline_plan::shadow::{Difference, Given};
use paceline_plan::{Budget, Plan, Snapshot};
use paceline_road::{Roads, Search};
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Solver {
    search: Search,
    budget_steps: u64,
    delay: Millis,
    /// A plan on its way.
    delayed: Option<(Instant, Box<Plan>)>,
    /// Wall time of the checks of the round at hand, if it had something to decide; they are no part of the decision.
    checked: Option<Duration>,
    pub(super) rounds: Rounds,
    /// Rules that plans broke: zero, or a bug.
    pub(super) check_notes: u64,
    /// What the shadow policy would have done otherwise, if there is one.
    pub(super) shadow: Option<Difference>,
}

impl Solves<Fleet> for Solver {
    /// Unless it takes its time.
    fn solve(&mut self, now: Instant, ledger: &Ledger<Fleet>, snapshot: &Snapshot) -> Option<Box<Plan>> {
        let roads = ledger.roads();
        let mut budget = Budget::steps(self.budget_steps);
        let policies = &snapshot.policies;
        let plan = paceline_plan::solve(roads, &mut self.search, snapshot, policies, &mut budget);
        let watch = Stopwatch::start();
        self.check_notes += self.check(roads, snapshot, &plan);
        self.solve_shadow(roads, snapshot, &plan);
        if snapshot.orders.iter().any(|order| order.held.is_none()) {
            self.checked = Some(watch.elapsed());
        }
        let plan = Box::new(plan);
        if self.delay == Millis::ZERO {
            return Some(plan);
        }
        self.delayed = Some((now + self.delay, plan));
        None
    }

    fn over(&mut self, round: &RoundSummary) {
        self.rounds.count(round);
    }
}

impl Solver {
    pub(super) fn new(scenario: &Scenario, roads: &Roads) -> Self {
        Self {
            search: Search::new(roads),
            budget_steps: scenario.engine.budget_steps,
            delay: scenario.engine.solver_delay,
            delayed: None,
            checked: None,
            rounds: Rounds::default(),
            check_notes: 0,
            shadow: None,
        }
    }

    /// When the plan on its way arrives.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.delayed.as_ref().map(|(at, _)| *at)
    }

    /// The plan that has arrived by now.
    pub(super) fn take(&mut self, now: Instant) -> Option<Box<Plan>> {
        self.delayed.take_if(|(at, _)| *at <= now).map(|(_, plan)| plan)
    }

    /// Once after each round that had something to decide: how long it was checked.
    pub(super) fn decided(&mut self) -> Option<Duration> {
        self.checked.take()
    }

    /// Findings of all checkers.
    fn check(&mut self, roads: &Roads, snapshot: &Snapshot, plan: &Plan) -> u64 {
        let (search, policies) = (&mut self.search, &snapshot.policies);
        let alone = dispatch::check(roads, search, snapshot, policies, &plan.assignments).len();
        let shared = pooling::check_shared(roads, search, snapshot, policies.usual(), &plan.routes).len();
        (alone + shared) as u64 + self.check_idle(roads, snapshot, plan)
    }

    /// Findings on vehicles that charge or are sent about: those that were idle were weighed together, the others are low on charge.
    fn check_idle(&mut self, roads: &Roads, snapshot: &Snapshot, plan: &Plan) -> u64 {
        let search = &mut self.search;
        let standing = snapshot.standing.as_ref();
        let is_idle = |vehicle: VehicleIdx| {
            standing.is_some_and(|standing| standing.idle.iter().any(|idle| idle.supply.idx == vehicle))
        };
        let (idle, low): (Vec<_>, Vec<_>) =
            plan.charges.iter().cloned().partition(|charge| is_idle(charge.vehicle));
        let charging = charging::check(roads, search, snapshot, &low).len();
        let standing = standing.map_or(0, |standing| {
            reposition::check(roads, search, snapshot, standing, &plan.stands, &idle).len()
        });
        (charging + standing) as u64
    }

    /// Solves the round as the shadow policy would, and adds up what it would have done otherwise.
    fn solve_shadow(&mut self, roads: &Arc<Roads>, snapshot: &Snapshot, live: &Plan) {
        let Some(policies) = &snapshot.shadow else { return };
        let mut budget = Budget::steps(self.budget_steps);
        let plan = paceline_plan::solve(roads, &mut self.search, snapshot, policies, &mut budget);
        let difference = Difference::between(&Given::of(live), &Given::of(&plan));
        *self.shadow.get_or_insert_default() += difference;
    }
}
