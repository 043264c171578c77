//! What do feeds and trip files of shared bikes say? GBFS, the General Bikeshare Feed Specification, in versions 2.3 and 3.0.
//!
//! ```text
//!   url or folder ── feed ──> Files ── read ──> FeedReading ──> the region, reports
//!                    poll                ^
//!                                     Memory (of the polls before)
//!   trip files ── rides ──> rides, and why a row is none
//!   polls ── movements ──> departures, arrivals, where bikes really stand ── cells ──> what stands in each part of the city
//! ```
//! Whether to ask, and what an answer means (`poll`), and what the files amount to (`read`) are pure functions of what came and of the time;
//! only `feed` touches a socket or a disk. What each oddity of a feed leads to stands in `docs/bikes/feeds.md`.

mod cells;
mod document;
mod feed;
mod files;
mod folder;
mod http;
mod inflate;
mod movements;
mod poll;
mod read;
pub mod rides;

pub use cells::{CellBikes, LooseBikes};
pub use document::{Document, Malformed};
pub use feed::{Feed, FeedError, FeedOptions};
pub use files::{FileFault, FileKey, FileName, Files, Held, Index};
pub use movements::{Movement, Movements, Seen, StandingBike};
pub use poll::{Answer, Ask, Manners, Poll, PollCounts, Validators, What};
pub use read::{Memory, Patience, read};
