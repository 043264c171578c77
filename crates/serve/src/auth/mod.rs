//! Doors: by which names this server is asked, from which web pages, by whom, and how often.
//!
//! ```text
//!   request -> room: host, origin -> identity: whose key, how often -> route -> gate: may they -> handler
//!                                                                                |
//!                                                   audit <----------------------+-- answer
//! ```

mod audit;
mod credentials;
mod gate;
mod identity;
pub mod keys;
mod names;
mod options;
mod principal;
mod rate;
mod room;

pub(crate) use credentials::presented;
pub(crate) use gate::{Gate, pass};
pub(crate) use identity::pause_after_wrong;
pub use options::AuthOptions;
pub(crate) use principal::Who;
pub(crate) use room::{Arrival, Doors, Room, enter};
