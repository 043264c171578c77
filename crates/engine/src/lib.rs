//! What is true, and may this happen? Deterministic worlds without I/O: everything that happens arrives through
//! `handle`, everything that is asked for leaves through `poll`. Time is an argument.
//!
//! `fleet` is the world of vehicles and orders; `record` is how its events are written down.

pub mod fleet;
pub mod record;

pub use fleet::{
    Change, ChargerSite, Errand, Explanation, Fleet, FleetOptions, Input, Order, Output, RoundSummary,
    Ticket, World,
};
pub use record::{Record, RecordError};
