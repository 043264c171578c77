//! Which trip each vehicle takes: at most one column per vehicle, each request at most once, the unserved at a price.
//! See the README beside this file.

mod check;
mod dual;
mod neighbourhood;
mod problem;
mod report;
mod sheet;
mod solve;
mod state;

pub use check::{Note, check};
pub use problem::{Column, Columns, Problem, Selection};
pub use report::Report;
pub use solve::solve;
