//! The search in its order: construction, fewer vehicles, less distance.

use super::problem::{VrpProblem, VrpSolution};
use super::report::VrpReport;
use super::route_elimination::eliminate_routes;
use super::rules::Instance;
use super::schedule::schedule;
use super::search::RouteSearch;
use crate::budget::Budget;
use crate::rng::Rng;

/// Serves as many requests as there is room for, then by [`VrpProblem::objective`], and improves until `budget` ends.
///
/// Anytime: whenever the budget ends, the answer passes [`super::check`]. Same problem, steps and seed, same answer.
/// The annealing cools with [`Budget::share`]: give it a budget that knows its length.
/// Errors: none; a request that no vehicle can serve stays in [`VrpSolution::unserved`].
/// Source: Christiaens and Vanden Berghe, Transportation Science 54(2), 2020; the README names the others.
pub fn solve(problem: &VrpProblem, budget: &mut Budget, rng: &mut Rng) -> (VrpSolution, VrpReport) {
    let instance = Instance::new(problem);
    let mut search = RouteSearch::new(&instance, rng, budget);
    search.construct();
    eliminate_routes(&mut search);
    search.restore_best();
    search.shorten();
    let (best, counts) = (search.best, search.counts);
    let solution = schedule(problem, &instance, &best);
    let report = VrpReport {
        vehicles: solution.routes.len(),
        distance: solution.distance(problem),
        unserved: solution.unserved.len(),
        iterations: counts.iterations,
        ejections: counts.ejections,
        steps: budget.used(),
    };
    (solution, report)
}
