//! Simulated annealing that is cold when its budget ends: how much worse than the last accepted answer a new one may be.
//!
//! Source: the thresholds are those of SISR, drawn so that accepting equals the rule of Metropolis; Christiaens and
//! Vanden Berghe, Transportation Science 54(2), 2020.

use crate::budget::Budget;
use crate::rng::Rng;

/// A temperature that falls by the share of the budget that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Annealing {
    /// First and last temperature, in units.
    temperatures: (f64, f64),
    unit: f64,
    start: f64,
}

impl Annealing {
    /// From the first of `temperatures`, now, to the second at the end of `budget`; both in `unit`s of the objective.
    pub(super) fn new(temperatures: (f64, f64), unit: f64, budget: &Budget) -> Self {
        Self { temperatures, unit, start: budget.share() }
    }

    /// The temperature of just now.
    pub(super) fn temperature(&self, budget: &Budget) -> f64 {
        let fallen = (budget.share() - self.start) / (1.0 - self.start).max(1e-9);
        let (first, last) = self.temperatures;
        first * (last / first).powf(fallen) * self.unit
    }
}

/// Draws by how much an answer may be worse at `temperature`.
pub(super) fn slack(temperature: f64, rng: &mut Rng) -> f64 {
    -temperature * (1.0 - rng.unit()).ln()
}
