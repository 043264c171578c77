//! Rolling-horizon tours of several vans: which stops, in which order, how many bikes where.
//!
//! A plan is worth the rides that it saves until the end of the horizon, less what driving costs and what it costs to tell a crew something
//! else than it has been told. Quantities of a fixed sequence are exact (`loads`); sequences are searched (`search`); a bound
//! says how far from the best a plan can be at most (`bound`). `check` is written from the rules and apart from all of these.

mod bound;
mod check;
mod gains;
mod loads;
mod near;
mod problem;
mod search;
mod tour;

pub use bound::bound;
pub use check::{Broken, Worth, check, worth};
pub use gains::StationOutlook;
pub use problem::{
    Errand, Gains, Handling, PlaceIdx, Prices, Site, SiteIdx, TourPlan, TourProblem, TourStop, TravelTimes,
    Van, VanIdx,
};

use crate::budget::Budget;
use crate::rng::Rng;
use search::TourSearch;

/// What a search did, and how good its plan is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TourReport {
    /// What the plan is worth, and what that is made of.
    pub worth: Worth,
    /// No plan can be worth more, changes of what was told aside.
    pub bound: f64,
    /// Ruins and recreations.
    pub iterations: u64,
}

/// Plans tours and improves them until `budget` ends.
///
/// Anytime: whenever the budget ends, the plan passes [`check`]. Same problem, steps and seed, same plan.
/// Units: rides and [`paceline_model::Millis`] from now.
/// Errors: none; indices that are not in the problem are the caller's bug and panic.
/// Sources: named in `search`.
pub fn solve(problem: &TourProblem, budget: &mut Budget, rng: &mut Rng) -> (TourPlan, TourReport) {
    let (tours, iterations) = TourSearch::new(problem, rng, budget).run();
    let plan = TourPlan { tours: tours.into_iter().map(|tour| tour.stops).collect() };
    let report = TourReport { worth: worth(problem, &plan), bound: bound(problem), iterations };
    (plan, report)
}
