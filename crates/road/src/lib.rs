//! How long does it take, and how many watt-hours? Streets in, legs and paths out.
//!
//! [`Roads`] is an immutable network: imported once from OpenStreetMap ([`Roads::import_osm_pbf`]) or node-link JSON
//! ([`Roads::import_node_link`]), written to one compact file and memory-mapped from then on ([`Roads::open`]).
//! The matcher, the engine and the simulator query it through the small trait [`TravelTimes`]. It knows nothing of
//! orders, clocks or tasks. A [`Metric`] is what driving takes: free-flowing as imported, or any other
//! ([`Roads::customise`]), swapped in with [`Roads::with_metric`].

mod cch;
mod consumption;
mod drive_cache;
mod energy;
mod file;
pub mod geojson;
mod import;
mod leg;
mod map_matching;
mod network;
mod reach;
mod search;
mod snap;
mod targets;
mod trace;
pub mod traffic;
mod ways;

pub use cch::{Customisation, Metric, NearestIndex, NearestQuery};
pub use consumption::EnergyModel;
pub use drive_cache::PreparedPoint;
pub use file::RoadError;
pub use import::{DimacsWeight, ImportOptions, ImportReport};
pub use leg::{EdgeId, Leg, Path, PathStep, RoadPoint, TurnRestriction, TurnRule};
pub use map_matching::{Fix, Mark, MatchError, MatchOptions, Matched, MatchedFix, Matcher, Stretch};
pub use network::{Roads, threads};
pub use reach::{NEAR_M, Reach, ReachLimit, ReachedEdge};
pub use search::{Direction, Search, TravelTimes};
pub use snap::Snapped;
pub use targets::{Found, Targets};
pub use ways::{WayIndex, WayPart};
