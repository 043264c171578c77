//! What logs on servers have in common: waiting for a client that does not block, groups of chained records, and the writer that finds
//! out what became of a group that was not answered. An engine's own folder says how its server is asked.

mod bridge;
mod newest;
mod sealed;
mod writer;

pub(crate) use bridge::Bridge;
pub(crate) use newest::Newest;
pub(crate) use sealed::{Sealed, check_snapshot, snapshot_crc};
pub(crate) use writer::{Engine, ServerLog};
