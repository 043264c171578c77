//! The real engine, region and log under virtual time, on a disk that fails and forgets, with a network that delays, loses and doubles
//! what is said, vehicles that lie, riders who call off at the worst moment, and a process that dies between any two steps.
//!
//! A seed fixes everything: which faults there are and how often ([`Setup`]), and what happens when. What must hold is written from the
//! promises to riders, vehicles, owners of workloads and operators, not from the engine ([`promises`]). What a kind of region brings
//! stands in [`around`]: a fleet's [`city`], and the [`plant`] of an edge region ([`Setup::edge`]), whose nodes measure what cannot be
//! and lose GPUs, and a [`bike_city`] ([`Setup::bikes`]), whose crews speak late, twice and against what they said, and whose feed is odd and falls silent. `paceline sim fuzz` runs seeds by the thousand; one that breaks a promise is made smaller ([`crate::fuzzed::minimise`]) and can be replayed step by step. What is not in it: HTTP, threads, and the
//! server's own loop around the region, which `serve` tests with the same disk.

mod around;
mod bike_book;
mod bike_city;
mod calls;
mod city;
mod disk;
mod edge_book;
pub(crate) mod fleet_book;
mod fuzzed;
mod network;
mod plant;
mod process;
mod promise;
mod promises;
mod restarts;
mod setup;
mod simulation;
mod stats;
mod step;

pub use promise::Promise;
pub use setup::{Fault, RegionKind, Setup};
pub use simulation::run;
pub use stats::Stats;
