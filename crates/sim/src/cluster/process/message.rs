//! What a process is told and what it says.

use crate::cluster::calls::{Call, Said};
use crate::cluster::database::Statement;
use paceline_model::{Millis, RegionId};

/// Which process: no two are the same, whatever their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cluster) struct Pid(pub(in crate::cluster) u32);

/// Over which connection the store is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cluster) enum Channel {
    Table,
    Region(RegionId),
    Follower(RegionId),
}

/// What a process wants to be told later, by its own clock.
#[derive(Clone, Debug)]
pub(in crate::cluster) enum Timer {
    Beat(u64),
    Tend,
    Follow(RegionId),
    /// A courier has rested since this look.
    Courier(RegionId, u64),
    /// A request at the door has waited.
    Door(u64),
    /// Nothing came back for what was sent on.
    Forwarded(u64, u64),
    /// Nothing came back from the store.
    GiveUp(Channel, u64),
}

/// What came of a request that was sent on.
#[derive(Clone, Debug)]
pub(in crate::cluster) enum Back {
    Said(Said),
    /// There is no such process.
    Unreached,
    /// The connection broke.
    Unknown,
}

/// What a process does to the world.
pub(in crate::cluster) enum Effect {
    Ask(Channel, u64, Statement),
    After(Millis, Timer),
    /// Sends a request on, as the nth attempt of a request at its door.
    Forward {
        to: Pid,
        id: u64,
        nth: u64,
        call: Call,
    },
    Back {
        to: Pid,
        id: u64,
        nth: u64,
        said: Said,
    },
    ToClient {
        attempt: u64,
        said: Said,
    },
    /// It has given all away, and ends.
    Ended,
    /// A region's log is not what its writer wrote.
    Damaged(String),
    Note(String),
}
