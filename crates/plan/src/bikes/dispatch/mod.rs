//! One round of a bikes region: which stops each van makes next, and why what was asked for waits.
//!
//! What the world knows ([`Problem`]) becomes a problem of [`super::tours`]: rates become gains, which are kept from round to round where
//! nothing has changed, and the search goes on from the tours that it found last. [`check`] is written from the rules, apart from both.

mod check;
mod planner;
mod problem;
mod reach;
mod why;

pub use check::{Broken, check};
pub use planner::{PARKING, Planner};
pub use problem::{Ask, Asks, Excluded, Plan, Prices, Problem, Station, Stop, ToldStop, Unserved, Van};
