//! A cluster under virtual time: on each server the real [`paceline_cluster::Member`] and the real [`paceline_cluster::Door`], in each
//! region a real fleet with its ledger, whose vehicles are handed over to other regions; a store with the guarantees that are documented of it; and around them partitions, processes that stand still or
//! die, clocks that run wrong, messages that are lost, late and doubled, and operators who drain, pin, add and restart.
//!
//! A seed fixes everything ([`Setup`]). What must hold is written from what clients and operators are promised, and judged by what the
//! store has and clients were told (`promises`). `paceline sim fuzz --cluster` runs seeds by the thousand; bugs that are planted on purpose
//! ([`Planted`]) show that they would be found. What is not in it: HTTP, threads, PostgreSQL itself, and snapshots of logs.

mod calls;
mod clients;
mod clock;
mod database;
mod fleet;
mod fuzzed;
mod happenings;
mod host;
mod log;
mod network;
mod process;
mod promise;
mod promises;
mod rover;
mod server;
mod settled;
mod setup;
mod simulation;
mod stats;
mod step;
mod told;
mod whereabouts;

pub use promise::Promise;
pub use setup::{Fault, Planted, Setup};
pub use simulation::run;
pub use stats::Stats;
