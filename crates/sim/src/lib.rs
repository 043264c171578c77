//! What would happen? The same engine in virtual time, with a city around it: demand, drivers, batteries, faults.
//!
//! `scenario` reads what a day is, `day` draws it, `city` plays it, `run` brings city and engine together, `kpi` counts,
//! `optimum` says what could have been, and `report` draws. `own_city` makes files of a city that has none. `edge` is the same of edge regions; `bikes` reads what stations of shared bikes did; `kubernetes` plays records of clusters. `cluster` plays servers that share regions. Knows nothing of sockets; the demo carries [`City`] over HTTP.

mod account;
mod agenda;
mod agent;
pub mod battery;
pub mod bikes;
pub mod city;
pub mod cluster;
pub mod day;
pub mod edge;
pub mod error;
pub mod faults;
pub mod files;
pub mod fuzzed;
mod kinds;
pub mod kpi;
pub mod kubernetes;
pub mod optimum;
mod options;
mod own_city;
mod panics;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stopwatch;
mod town;
mod traffic;

pub use account::{Account, Distances, Energy, Rides};
pub use agent::Doing;
pub use city::{Act, City};
pub use day::{Day, Draw, LeftOut, Trip};
pub use error::SimError;
pub use kpi::{Kpis, OptimumKpis, STATES};
pub use options::RunOptions;
pub use own_city::OwnCity;
pub use run::{Outcome, Progress, run};
pub use scenario::{Reports, Scenario};
pub use traffic::{Jam, JamMinute, TrafficOptions, TrafficReport};

/// A time of the city's own clock, such as `18:30`.
pub use jiff::civil::Time as TimeOfDay;
