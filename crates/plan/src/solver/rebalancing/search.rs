//! One search: construction, then ruin and recreate and small moves under annealing, and the best answer seen.

use super::instance::Instance;
use super::moves::Moves;
use super::recreate::{alone, recreate};
use super::ruin::ruin;
use super::state::SearchState;
use crate::budget::Budget;
use crate::rng::Rng;
use crate::solver::annealing::{self, Annealing};

/// Temperatures of the annealing at the beginning and at the end of the budget, in mean costs of a leg.
const TEMPERATURES: (f64, f64) = (0.3, 0.03);
/// Small moves that are drawn behind each ruin and recreate.
const MOVES: u64 = 100;
/// Steps that a small move counts for: that many positions take as long to weigh.
const MOVE_STEPS: u64 = 4;
/// Prices that a recreate may put on a bike of excess, in mean costs of a leg: where the road to a good answer leads over
/// loads that no vehicle can carry, a low one lets it, where it does not, a high one saves the attempt.
const PRICES: (f64, f64) = (0.1, 10.0);
/// Dearer than any answer: nothing exceeds the capacity.
const PROHIBITIVE: i64 = 1 << 32;

pub(super) struct RebalancingSearch<'a> {
    instance: &'a Instance<'a>,
    state: SearchState,
    rng: &'a mut Rng,
    budget: &'a mut Budget,
    /// Stations of each route of the best answer.
    pub(super) best: Vec<Vec<u32>>,
    pub(super) best_cost: i64,
    pub(super) iterations: u64,
}

impl<'a> RebalancingSearch<'a> {
    /// With a first answer: greedy, or, when the budget is too short even for that, with a vehicle each for what is left.
    pub(super) fn new(instance: &'a Instance, rng: &'a mut Rng, budget: &'a mut Budget) -> Self {
        let mut state = SearchState::new(instance);
        if !recreate(instance, &mut state, PROHIBITIVE, rng, budget) {
            alone(instance, &mut state);
        }
        let mut search =
            Self { instance, state, rng, budget, best: vec![], best_cost: i64::MAX, iterations: 0 };
        search.keep();
        search
    }

    /// Improves until the budget ends: ruin and recreate in turn with small moves, under one temperature.
    pub(super) fn improve(&mut self) {
        let leg_mean = self.state.cost as f64 / self.instance.vertices() as f64;
        let annealing = Annealing::new(TEMPERATURES, leg_mean, self.budget);
        let (mut ruined, mut moves) = (Vec::new(), Moves::default());
        while !self.budget.is_over() {
            self.iterations += 1;
            let temperature = annealing.temperature(self.budget);
            let (low, high) = PRICES;
            let price = leg_mean * low * (high / low).powf(self.rng.unit());
            self.rebuild(&mut ruined, price as i64, temperature);
            for _ in 0..MOVES {
                if moves.attempt(self.instance, &mut self.state, temperature, self.rng) {
                    self.keep();
                }
            }
            self.budget.spend(MOVES * MOVE_STEPS);
        }
    }

    /// One ruin and one recreate, taken back where the answer is too dear, cannot be driven, or is not complete.
    fn rebuild(&mut self, ruined: &mut Vec<usize>, price: i64, temperature: f64) {
        let before = self.state.cost;
        ruin(self.instance, &mut self.state, ruined, self.rng);
        let complete = recreate(self.instance, &mut self.state, price, self.rng, self.budget);
        let more = self.state.cost - before;
        if complete && self.state.excess == 0 && more as f64 <= annealing::slack(temperature, self.rng) {
            self.keep();
        } else {
            self.state.rollback();
        }
    }

    /// Goes on from the present answer, and remembers it if it is the best so far.
    fn keep(&mut self) {
        self.state.commit();
        if self.state.cost < self.best_cost {
            self.best_cost = self.state.cost;
            let used = self.state.routes.iter().filter(|route| !route.is_empty());
            self.best = used.map(|route| route.stations().collect()).collect();
        }
    }
}
