//! Doors: by which names this server is asked, from which web pages, by whom, and how often.
//!
//! ```text
//!   request -> room: host, origin -> identity: whose key, certificate or token, how often -> route -> gate: may they -> handler
//!                                                                                |
//!                                                   audit <----------------------+-- answer
//! ```

mod arrival;
mod audit;
mod certificates;
mod credentials;
mod gate;
mod grant;
mod identity;
pub mod keys;
mod names;
mod oidc;
mod options;
mod principal;
mod rate;
mod room;
mod wrong;

pub(crate) use arrival::Arrival;
pub(crate) use credentials::presented;
pub(crate) use gate::{Gate, pass};
pub(crate) use identity::pause_after_wrong;
pub use oidc::{OidcOptions, TokenAlgorithm};
pub use options::AuthOptions;
pub(crate) use principal::Who;
pub(crate) use room::{Doors, Room, enter};
