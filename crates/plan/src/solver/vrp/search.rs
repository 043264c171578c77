//! One search: construction, less distance, and the best answer that it has seen. Fewer vehicles: see `route_elimination`.

use super::grid::Ticks;
use super::insert::InsertionCache;
use super::problem::Objective;
use super::recreate::recreate;
use super::route::Position;
use super::ruin::ruin;
use super::rules::Instance;
use super::state::{SearchState, Sequences};
use crate::budget::Budget;
use crate::rng::Rng;
use crate::solver::annealing::{self, Annealing};

/// Temperatures of the annealing at the beginning and at the end of the budget, in mean lengths of a leg. The paper has
/// 100 and 1 for all instances; its legs are some ten units long.
const TEMPERATURE: (f64, f64) = (10.0, 0.1);

/// The order of answers: requests left out, vehicles, length.
pub(super) type Worth = (usize, usize, Ticks);

/// Counts of what the search did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) iterations: u64,
    pub(super) ejections: u64,
}

pub(super) struct RouteSearch<'a> {
    pub(super) instance: &'a Instance,
    pub(super) state: SearchState,
    pub(super) cache: InsertionCache,
    pub(super) rng: &'a mut Rng,
    pub(super) budget: &'a mut Budget,
    pub(super) best: Sequences,
    pub(super) best_worth: Worth,
    pub(super) counts: Counts,
}

impl<'a> RouteSearch<'a> {
    pub(super) fn new(instance: &'a Instance, rng: &'a mut Rng, budget: &'a mut Budget) -> Self {
        Self {
            instance,
            state: SearchState::new(instance),
            cache: InsertionCache::new(&instance.grid),
            rng,
            budget,
            best: Sequences::default(),
            best_worth: (usize::MAX, 0, 0),
            counts: Counts::default(),
        }
    }

    /// A first answer. When the budget is too short even for that, what is left drives alone.
    pub(super) fn construct(&mut self) {
        let vehicles = self.instance.grid.vehicles;
        if !recreate(self.instance, &mut self.state, &mut self.cache, vehicles, self.rng, self.budget) {
            self.alone();
        }
        self.state.commit();
        self.keep();
    }

    fn alone(&mut self) {
        let absent = std::mem::take(&mut self.state.absent);
        let mut spare: Vec<usize> = (0..self.state.routes.len()).rev().collect();
        spare.retain(|&slot| self.state.routes[slot].is_empty());
        for request in absent {
            let position = match spare.last() {
                Some(&slot) => self.cache.best(self.instance, &self.state, request, slot, &mut 0),
                None => Position::NONE,
            };
            match (position, spare.last()) {
                (Position { delta, .. }, Some(&slot)) if delta < Ticks::MAX => {
                    self.state.insert(self.instance, request, slot, position);
                    spare.pop();
                }
                _ => self.state.absent.push(request),
            }
        }
    }

    /// Ruin and recreate under a falling temperature, with no more vehicles than the best answer has.
    pub(super) fn shorten(&mut self) {
        let annealing = Annealing::new(TEMPERATURE, self.leg_mean(), self.budget);
        while !self.budget.is_over() {
            let temperature = annealing.temperature(self.budget);
            let before = self.worth();
            let Some(after) = self.attempt(self.instance.grid.vehicles.min(self.best_worth.1)) else {
                return;
            };
            let slack = annealing::slack(temperature, self.rng);
            let accepted = (after.0, after.1) <= (before.0, before.1)
                && after.2 as f64 <= before.2 as f64 + slack
                || (after.0, after.1) < (before.0, before.1);
            if accepted {
                self.state.commit();
                self.keep();
            } else {
                self.state.rollback();
            }
        }
    }

    /// The mean length of a leg in ticks, at present.
    pub(super) fn leg_mean(&self) -> f64 {
        self.state.distance as f64 / self.instance.grid.sites.len() as f64
    }

    /// One ruin and one recreate, not yet committed. `None`: the budget ended, and everything is as it was.
    pub(super) fn attempt(&mut self, vehicles: usize) -> Option<Worth> {
        self.counts.iterations += 1;
        ruin(self.instance, &mut self.state, self.rng);
        if recreate(self.instance, &mut self.state, &mut self.cache, vehicles, self.rng, self.budget) {
            return Some(self.worth());
        }
        self.state.rollback();
        None
    }

    pub(super) fn worth(&self) -> Worth {
        let vehicles = match self.instance.grid.objective {
            Objective::VehiclesThenDistance => self.state.vehicles(),
            Objective::Distance => self.instance.grid.vehicles,
        };
        (self.state.absent.len(), vehicles, self.state.distance)
    }

    /// Remembers the present answer if it is the best so far.
    pub(super) fn keep(&mut self) {
        let worth = self.worth();
        if worth < self.best_worth {
            self.best_worth = worth;
            let used = self.state.routes.iter().filter(|route| !route.is_empty());
            self.best.routes = used.map(|route| route.inner().to_vec()).collect();
            self.best.absent.clone_from(&self.state.absent);
        }
    }

    /// Goes back to the best answer.
    pub(super) fn restore_best(&mut self) {
        self.state.load(self.instance, &self.best);
    }
}
