//! The value of inventory: how many riders a station will turn away within a horizon, for each stock that it may hold now.
//! Called by tours, which bring bikes to where the next one saves most, and by hotspots. See the README beside this file.

mod chain;
mod lost_rides;
mod outlook;
mod passage;
mod poisson;
mod station;

pub use lost_rides::{LostRides, TargetInterval};
pub use outlook::{Moment, OutagePrice, outlook};
pub use passage::{FirstPassage, Passage};
pub use station::Station;
