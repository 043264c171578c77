//! How long does it take, and how many watt-hours? Streets in, legs and paths out.
//!
//! [`Roads`] is an immutable network: imported once from OpenStreetMap ([`Roads::import_osm_pbf`]) or node-link JSON
//! ([`Roads::import_node_link`]), written to one compact file and memory-mapped from then on ([`Roads::open`]).
//! The matcher, the engine and the simulator ask it through the small trait [`TravelTimes`], so that a faster engine
//! can take its place. It knows nothing of orders, clocks or tasks. Left out on purpose: live traffic, and obeying turn
//! restrictions (they are read and kept in the file).

mod columns;
mod energy;
mod file;
mod import;
mod leg;
mod network;
mod search;
mod snap;
mod targets;
mod trace;

pub use columns::Spot;
pub use file::RoadError;
pub use import::{ImportOptions, ImportReport};
pub use leg::{EdgeId, Leg, Path, PathStep, RoadPoint};
pub use network::Roads;
pub use search::{Direction, Search, TravelTimes};
pub use snap::Snapped;
pub use targets::{Found, Targets};
