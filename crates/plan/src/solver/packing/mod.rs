//! Weighted set packing: at most one column of each group, each row in at most one of them, the rest at a cost.
//! See the README beside this file.

mod check;
mod column_table;
mod dual;
mod neighbourhood;
mod problem;
mod report;
mod solve;
mod state;

pub use check::{PackingViolation, check};
pub use problem::{Column, ColumnSet, PackingProblem, Selection};
pub use report::PackingReport;
pub use solve::solve;
