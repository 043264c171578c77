//! One round of placement: replicas that want a node, in the order in which they are served, and where each goes.
//!
//! `problem` is what a round is asked, `solve` proposes, `check` holds a plan against the rules without knowing how it was made. A
//! replica may go by several variants of its model, the wanted one first; a gang goes whole or not at all; replicas of a workload
//! stay spread. `mix` makes the scores that the problem names. Nothing is known here of names, taints or health: those are the caller's verdicts.

mod check;
mod mix;
mod problem;
pub mod shadow;
mod solve;

pub use check::{Broken, check};
pub use problem::{Demand, Known, NO_DOMAIN, Place, Problem, Running, Spread};
pub use solve::{Found, Outcome, Plan, solve};
