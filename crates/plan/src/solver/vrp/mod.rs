//! Vehicle routing: pick-up and delivery with time windows, capacities, ride times and batteries.
//! See the README beside this file. `paceline solve` calls it; the ticks of a live region do not.

mod charges;
mod check;
mod energy;
mod grid;
mod insert;
mod label;
mod labels;
mod problem;
mod recreate;
mod report;
mod ride;
mod ride_limits;
mod route;
mod route_elimination;
mod ruin;
mod rules;
mod schedule;
mod search;
mod solve;
mod state;
mod text;

pub use check::{VrpRule, VrpViolation, check};
pub use problem::{
    Energy, Fleet, Objective, Place, PlaceIdx, Point, Request, RequestIdx, VrpProblem, VrpRoute, VrpSolution,
    VrpStop, Window,
};
pub use report::VrpReport;
pub use solve::solve;
pub use text::{TextError, parse};
