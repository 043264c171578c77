//! Layout 2 of snapshots: the tables of a world as they stand, slot by slot, so that whoever goes on from one refers to the same
//! rows. Values are those of layout 1, which are pinned there; records have no layout 2.
//!
//! What stands here stays, as in `v1`: the golden bytes in `tests/golden.txt` refuse a field or variant that is moved, dropped or
//! changed. Between these types and the rows in memory stands `fleet/saved/v2.rs`.

mod table;
mod world;

pub(crate) use table::{Idx, append_pages, append_table};
pub(crate) use world::{Learnt, Order, Reply, Snapshot, Vehicle, World};

#[cfg(test)]
pub(crate) mod tests;
