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

mod admin;
mod any_region;
mod artefacts;
mod auth;
mod bikes;
mod cause;
mod clock;
mod cluster;
mod connections;
mod edge;
mod error;
mod federation;
mod fetch;
mod fleet;
mod hand_over;
mod hooks;
mod hotspots;
mod http;
mod journal_writer;
mod kind;
mod load_sampler;
mod metrics;
mod options;
mod order_trace;
mod problem;
mod region;
mod reload;
mod reloader;
mod road_service;
mod running;
mod server;
mod shadow;
mod snapshot_encoder;
mod solver;
mod stream;
mod streets;
mod task_allowance;
mod task_metrics;
mod telemetry;
mod tls;
mod traces;
mod traffic;
mod vehicle_tasks;
mod view;
mod watched;
mod written_level;

pub use admin::{AdminOptions, AdminToken};
pub use any_region::AnyRegion;
pub use artefacts::ArtefactOptions;
pub use auth::{AuthOptions, OidcOptions, TokenAlgorithm, keys};
pub use bikes::{BikesSpec, GbfsOptions, PublishedKind};
pub use clock::Clock;
pub use cluster::ClusterSpec;
pub use edge::EdgeSpec;
pub use error::ServeError;
pub use federation::FederationSpec;
pub use hand_over::ReliefOptions;
#[doc(hidden)]
pub use hooks::TestHooks;
pub use options::ServeOptions;
pub use region::recovery::Recovered;
pub use region::setup::RegionSpec;
pub use reload::{ReadOptions, ReloadError};
pub use server::{Server, Summary};
pub use stream::Wire;
pub use tls::{ClientCertificates, TlsOptions};
#[cfg(feature = "otlp")]
pub use traces::TraceLayer;
pub use traces::{TraceOptions, Traces};
pub use traffic::TrafficOptions;
