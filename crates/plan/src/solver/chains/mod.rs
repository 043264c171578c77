//! How good could a day have been? Rides that are all known beforehand, in chains of vehicles that serve one after the other:
//! how many can be served at most, and chains that come near it. See the README beside this file.

mod fill;
mod plan;
mod prices;
mod problem;
mod solution;
mod values;

pub use plan::plan;
pub use prices::{Bound, PriceOptions, bound};
pub use problem::{Beyond, ChainProblem, Link, Ride};
pub use solution::Chains;
pub use values::{Grid, RIDE_VALUE};
