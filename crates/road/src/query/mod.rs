//! What is asked of a network, by place: one drive, the nearest of many, tables, how far a battery reaches.
//!
//! - The words: `nearest_query` (what is asked, what is found), `ends` (where drives begin and end), [`Targets`].
//! - The scratch: [`Search`], with `drive_cache` for goals that are asked for again and again.
//! - One search at a time: `dijkstra` and `sweep` (the nearest), `drive` and `trace` (there and along), `reachable` (by effort).
//! - Many at once: [`NearestIndex`] on `lists`, `table`.
//! - On top: `nearest`, which knows what each costs, and [`TravelTimes`], which picks among them.

mod dijkstra;
mod drive;
mod drive_cache;
mod ends;
mod lists;
mod nearest;
mod nearest_index;
mod nearest_query;
mod reachable;
mod search;
mod sweep;
mod table;
mod targets;
mod trace;
mod travel_times;

pub use drive_cache::PreparedPoint;
pub use nearest_index::NearestIndex;
pub use nearest_query::{Direction, Found, NearestQuery};
pub use search::Search;
pub use targets::Targets;
pub use travel_times::TravelTimes;
