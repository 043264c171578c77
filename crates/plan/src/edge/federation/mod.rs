//! Which cluster of a federation gets how many replicas of a workload, by summaries of clusters instead of their nodes.
//!
//! ```text
//!   summaries --room--> fits --select--> clusters --share--> replicas of each --check--> may it be?
//!                                                               |
//!                                                               +--tell--> what each cluster is told now, on the way there
//! ```

mod check;
mod problem;
mod room;
mod select;
mod share;
mod solve;
mod tell;

pub use check::{Broken, check};
pub use problem::{Cluster, May, Place, Plan, Problem, Rules, Spread, Workload};
pub use room::{Need, Room};
pub use solve::{solve, spread};
pub use tell::{Standing, tell};
