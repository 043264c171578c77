//! Whether a new release of some service may stay: its errors against a bound (the sequential test of `edge::rollout`), against what the release
//! before it does at the same time (`relative`), and its leaks, of which one is too many. Called by `paceline gate`, which reads what is counted.

mod counted;
mod gate;
mod relative;

pub use counted::Counted;
pub use gate::{Leaks, ReleaseEvidence, ReleaseGate, ReleaseRules, ReleaseVerdict};
pub use relative::Relative;
