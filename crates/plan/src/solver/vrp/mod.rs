//! Routes for their own sake: pick-up and delivery with time windows, capacities, ride times and batteries.
//! See the README beside this file. `paceline solve` calls it; the ticks of a live region do not.

mod check;
mod energy;
mod fleet;
mod grid;
mod insert;
mod labels;
mod problem;
mod recreate;
mod report;
mod ride;
mod ruin;
mod schedule;
mod search;
mod state;
mod text;

pub use check::{Note, Rule, check};
pub use problem::{
    Energy, Fleet, Objective, Place, PlaceIdx, Point, Problem, Request, RequestIdx, Route, Solution, Stop,
    Window,
};
pub use report::Report;
pub use text::{TextError, parse};

use crate::Budget;
use crate::Rng;

/// Serves as many requests as there is room for, then by [`Problem::objective`], and improves until `budget` ends.
///
/// Anytime: whenever the budget ends, the answer passes [`check`]. Same problem, budget in steps and seed, same answer.
/// The annealing cools with [`Budget::share`]: give it a budget that knows its length.
/// Errors: none; a request that no vehicle can serve stays in [`Solution::unserved`].
/// Source: Christiaens and Vanden Berghe, Transportation Science 54(2), 2020; the README names the others.
pub fn solve(problem: &Problem, budget: &mut Budget, rng: &mut Rng) -> (Solution, Report) {
    let grid = grid::Grid::new(problem);
    let mut search = search::Search::new(&grid, rng, budget);
    search.run();
    let (best, counts) = (search.best, search.counts);
    let solution = schedule::schedule(problem, &grid, &best);
    let report = Report {
        vehicles: solution.routes.len(),
        distance: solution.distance(problem),
        unserved: solution.unserved.len(),
        iterations: counts.iterations,
        ejections: counts.ejections,
        steps: budget.used(),
    };
    (solution, report)
}
