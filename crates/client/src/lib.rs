//! How does a program use Paceline? Typed calls, repeated where that is safe, and streams that go on where they broke off.
//!
//! ```text
//!   typed method --Prepared--> attempt --> answer | problem
//!        (key made once)          ^            |
//!                                 +- back-off -+   408, 429, 502, 503, 504, 507, broken connections, time-outs
//! ```
//! A command carries an idempotency key that is made once and kept over all of its attempts, so that it has one effect
//! however often it is sent. Everything is bounded: attempts, waits, the size of an answer. Nothing runs in the background:
//! whoever drops a future or a stream has ended it; a link's task is run by whoever asked for the link.

mod artefacts;
mod attempt;
mod attestation;
mod backoff;
mod bikes;
mod client;
mod commands;
mod doors;
mod edge;
mod error;
mod events;
mod federation;
mod key;
mod link;
mod link_handle;
mod lists;
mod options;
mod positions;
mod prepared;
mod questions;
mod rollouts;
mod stream;
mod transport;
mod vehicle_stream;

pub use client::Client;
pub use error::ClientError;
pub use events::RawItem;
pub use key::ApiKey;
pub use link::{LinkTask, accept_of};
pub use lists::{Listed, OrderFilter, Page, WorldRead};
pub use options::ClientOptions;
pub use paceline_tls::ClientTls;
pub use prepared::Prepared;
pub use stream::{ChangeStream, StreamItem};
pub use transport::http;
pub use vehicle_stream::{VehicleItem, VehicleStream};

/// The types that go over the wire.
pub use paceline_api as api;
