//! How does the world talk to us? HTTP in front, the fleet's engine behind, the journal beside it.
//!
//! ```text
//!   http --Ask--> region --Record--> journal writer      (group commit; says what is durable)
//!     |             |  ^--Plan-- solver <--Snapshot--+
//!     |             +--Change--> stream --> subscribers
//!     +--readings--> telemetry table --(each tick)--> region
//! ```
//! Each arrow is a bounded channel or a table with one row for each vehicle. [`serve`] owns every task and ends when
//! all have ended.

mod clock;
mod dto;
mod guard;
mod hooks;
mod http;
mod journal_writer;
mod metrics;
mod options;
mod problem;
mod region;
mod server;
mod solver;
mod stream;
mod telemetry;
mod vehicle_tasks;

pub use clock::Clock;
#[doc(hidden)]
pub use hooks::TestHooks;
pub use http::openapi_json;
pub use options::ServeOptions;
pub use server::{Recovered, ServeError, Server, Summary};
