//! How a new version reaches nodes: in which order (`tiers`), how many at a time (`steps`), and whether what is known of it so far is
//! enough to go on (`gate`, by the sequential test in `sequential`). Pure: who runs what, and since when, is the caller's.

pub mod counters;
pub mod gate;
pub mod sequential;
pub mod steps;
pub mod tiers;

pub use counters::Tally;
pub use gate::{Evidence, Slow, Verdict, judge};
pub use sequential::{Sequential, Standing, standing};
pub use steps::{Exposure, exposures};
pub use tiers::{Candidate, Network, WavePlan, plan};
