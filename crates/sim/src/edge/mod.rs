//! Edge regions in virtual time: boxes that warm and cool, run on batteries, fall silent and come back, workloads that come and go, users
//! who ask. What they say goes through the doors of a server (`NodeReport`, commands), and the region that answers is the one that `serve`
//! runs.
//!
//! `scene` and `parts` read what a scene is, `crew` writes its boxes out, `arrivals` reads who comes when, `site` with `body` and `heat` plays them, `run` brings them and
//! the region together, `rules` holds what is published against what must be so, `tally` counts and `report` draws.

mod arrivals;
mod body;
mod crew;
mod heat;
mod kpis;
mod names;
mod parts;
mod pictures;
mod policy;
pub mod report;
mod round_robin;
mod rules;
mod run;
mod scene;
mod site;
mod solver;
mod tally;
mod users;
mod wake;

pub use kpis::{BOX_STATES, BatteryKpis, EdgeCourses, EdgeKpis, Fared, HeatKpis, Moves, Placing, UserKpis};
pub use parts::{Ambient, Battery, Boxes, Demand, Forbidden, Heat, Link, Radio, Sites, Users};
pub use policy::EdgePolicy;
pub(crate) use rules::Books;
pub use run::{EdgeOutcome, EdgeRun, run};
pub use scene::{Kind, Scene};
pub(crate) use solver::as_served;
