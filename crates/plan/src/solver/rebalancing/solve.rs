//! The solver's front: a bound, a search, and its best answer with the loads that it needs.

use super::bound::bound;
use super::instance::Instance;
use super::load::LoadSpan;
use super::problem::{RebalancingProblem, RebalancingRoute, RebalancingSolution};
use super::report::RebalancingReport;
use super::search::RebalancingSearch;
use crate::budget::Budget;
use crate::rng::Rng;

/// Part of the budget that the bound may take; it needs far less unless the budget is very short.
const BOUND_SHARE: f64 = 0.05;

/// Visits each station once at the least cost, and improves until `budget` ends.
///
/// Anytime: whenever the budget ends, the answer passes [`super::check`]. Same problem, steps and seed, same answer. A step
/// is one position weighed for a station. The annealing cools with [`Budget::share`]: give it a budget that knows its
/// length. A vehicle leaves with as few bikes as its route allows.
///
/// Panics if the problem is not what [`super::parse`] accepts: a demand beyond the capacity, or tables of unlike size.
/// Source: Christiaens and Vanden Berghe, Transportation Science 54(2), 2020; the README names the others.
pub fn solve(
    problem: &RebalancingProblem,
    budget: &mut Budget,
    rng: &mut Rng,
) -> (RebalancingSolution, RebalancingReport) {
    assert_eq!(problem.demands.len(), problem.costs.vertices(), "one demand for each vertex");
    assert!(
        problem.demands.iter().all(|demand| demand.abs() <= problem.capacity),
        "demands beyond the capacity"
    );
    let bound = budget.up_to(BOUND_SHARE, |part| bound(problem, part));
    let instance = Instance::new(problem);
    let mut search = RebalancingSearch::new(&instance, rng, budget);
    search.improve();
    let (best, cost, iterations) = (search.best, search.best_cost, search.iterations);
    let solution =
        RebalancingSolution { routes: best.iter().map(|stations| route(problem, stations)).collect() };
    (solution, RebalancingReport { cost, bound, iterations, steps: budget.used() })
}

fn route(problem: &RebalancingProblem, stations: &[u32]) -> RebalancingRoute {
    let stops: Vec<usize> = stations.iter().map(|&station| station as usize).collect();
    let span = LoadSpan::of(stops.iter().map(|&station| problem.demands[station]));
    RebalancingRoute { start_load: -span.fall, stops }
}
