//! The cheapest assignment of rows to columns: sparse, exact, each row free to stay out at a price of its own.
//! See the README beside this file.

mod assign;
mod cold;
mod cost;
mod counting_sort;
mod graph;
mod greedy;
mod problem;
mod repair;
mod search;
mod warm;

pub use assign::assign;
pub use problem::{AssignmentProblem, Matching, Pair};
pub use warm::Matcher;
