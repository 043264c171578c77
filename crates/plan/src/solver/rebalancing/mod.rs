//! Bikes between stations: routes for demands that are given, and quantities for a route that is given.
//! See the README beside this file. `paceline solve` calls the first, tours of vans the second.

mod bound;
mod check;
mod instance;
mod load;
mod moves;
mod patchwork;
mod problem;
mod quantities;
mod recreate;
mod report;
mod route;
mod ruin;
mod search;
mod solve;
mod state;
mod text;

pub use crate::solver::text::TextError;
pub use check::{RebalancingViolation, check};
pub use problem::{CostTable, RebalancingProblem, RebalancingRoute, RebalancingSolution};
pub use quantities::{LoadValues, Quantities, RouteStops, StopValues, best_quantities};
pub use report::RebalancingReport;
pub use solve::solve;
pub use text::{is_rebalancing, parse};
