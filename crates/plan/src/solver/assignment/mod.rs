//! The cheapest assignment of rows to columns: sparse, exact, each row free to stay out at a price of its own.
//! See the README beside this file.

mod amount;
mod assign;
mod cold;
mod deal;
mod graph;
mod greedy;
mod problem;
mod search;
mod warm;

pub use assign::assign;
pub use problem::{Matching, Pair, Problem};
pub use warm::Matcher;
