//! How long does it take, and how many watt-hours? Streets in, legs and paths out.
//!
//! [`Roads`] is an immutable network: imported once from OpenStreetMap ([`Roads::import_osm_pbf`]) or node-link JSON
//! ([`Roads::import_node_link`]), written to one compact file and memory-mapped from then on ([`Roads::open`]).
//! The matcher, the engine and the simulator query it through the small trait [`TravelTimes`]. It knows nothing of
//! orders, clocks or tasks. A [`Metric`] is what driving takes: free-flowing as imported, or any other
//! ([`Roads::customise`]), swapped in with [`Roads::with_metric`].
//!
//! Layers, each on those before it: nouns and the file (`leg`, `error`, `columns`, `file`); the hierarchy over its columns
//! (`cch`); the network ([`Roads`], checked by `consistency`) with `junction`, `snap` and `ways`; what is asked of it (`query`, `reach`);
//! what is made of answers (`map_matching`, [`traffic`], [`geojson`]). `import` makes networks, and stands beside `query`.

mod antimeridian;
mod cch;
mod columns;
mod consistency;
mod consumption;
mod covered;
mod energy;
mod error;
mod file;
pub mod geojson;
mod grid;
mod import;
mod junction;
mod leg;
mod map_matching;
mod network;
mod query;
mod reach;
mod snap;
mod threads;
mod touch;
pub mod traffic;
mod ways;

pub use cch::{Customisation, Metric};
pub use consumption::EnergyModel;
pub use error::RoadError;
pub use import::{Circle, DimacsWeight, ImportOptions, ImportReport};
pub use leg::{EdgeId, Leg, Path, PathStep, RoadPoint, TurnRestriction, TurnRule};
pub use map_matching::{Fix, Mark, MatchError, MatchOptions, Matched, MatchedFix, Matcher, Stretch};
pub use network::Roads;
pub use query::{Direction, Found, NearestIndex, NearestQuery, PreparedPoint, Search, Targets, TravelTimes};
pub use reach::{NEAR_M, Reach, ReachLimit, ReachedEdge};
pub use snap::Snapped;
pub use threads::threads;
pub use ways::{WayIndex, WayPart};
