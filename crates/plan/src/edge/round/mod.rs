//! One round of placement: replicas that want a node, in the order in which they are served, and where each goes.
//!
//! `problem` is what a round is asked, `solve` proposes, `check` holds a plan against the rules without knowing how it was made. A
//! replica may go by several variants of its model, the wanted one first; a gang goes whole or not at all; replicas of a workload
//! stay spread. Where no node is free, those of lower priority give way: who has room elsewhere moves, and only then is one evicted,
//! within its workload's disruption budget. `counterfactual` says what would make a no a yes. `mix` makes the scores that the problem names. `defragment` plans moves for
//! their own sake, and `improving` looks at each again when its turn comes. Nothing is known here of names, taints or
//! health: those are the caller's verdicts.

mod check;
mod counterfactual;
mod defragment;
mod evenly;
mod filling;
mod improving;
mod mix;
mod narrowed;
mod plan;
mod problem;
pub mod shadow;
mod solve;

pub use check::{Broken, check};
pub use counterfactual::{Alternatives, Counterfactual, Uneven, what_if};
pub use defragment::{Defragmented, Limits, defragment};
pub use plan::{Found, Improved, Outcome, Plan};
pub use problem::{Demand, Group, Improvement, Known, NO_DOMAIN, Place, Problem, Running, Spread, Stored};
pub use solve::solve;
