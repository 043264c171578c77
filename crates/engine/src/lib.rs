//! What is true, and may this happen? Deterministic worlds without I/O: everything that happens arrives through
//! `handle`, everything that is asked for leaves through `poll`. Time is an argument.
//!
//! `region` drives one region, `ledger` keeps the history of its world, `fleet` is the world of vehicles and orders, `edge` that of nodes and workloads, `record` is how
//! its events and its world are written down.

pub mod bikes;
pub mod edge;
pub mod federation;
pub mod fleet;
pub mod ledger;
pub mod record;
pub mod region;
mod silence;

pub use fleet::{
    Borders, Change, Changes, ChargerSite, Explanation, Fleet, FleetOptions, HandOvers, Job, Need, Order,
    Outlook, OutlookSize, PositionFix, Relief, ReliefRules, RoundSummary, Setting, Spare, TICK, TripLeg,
    Vehicle, World, relieve,
};
pub use ledger::{Checkpoint, Input, Ledger, Output, Ticket};
pub use record::{Encoded, Record, RecordError};
