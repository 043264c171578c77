//! Doors: by which names this server is asked, from which web pages, and by whom.
//!
//! ```text
//!   request -> host, origin (room) -> who (identity) -> how often (rate) -> route -> may they (gate) -> handler
//!                                                                                        |
//!                                                            audit <---------------------+-- answer
//! ```

mod names;
mod options;
mod room;

pub use options::AuthOptions;
pub(crate) use room::{Arrival, Room, enter};
