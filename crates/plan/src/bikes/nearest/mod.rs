//! The plain rule by which a job goes to a van: whoever is there soonest with the bikes, or with those of a site on its way that has some
//! to spare. One job after the other, the oldest first; nothing is improved afterwards. What tours are held against.

mod check;
mod problem;
mod solve;

pub use check::{Broken, check};
pub use problem::{Excluded, Found, Interval, Job, Outcome, Plan, Problem, Site, Supply, Van, Work, drive};
pub use solve::solve;
