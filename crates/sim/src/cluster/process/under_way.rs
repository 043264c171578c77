//! What is under way in a process: questions to the table, requests at its door, vehicles that it tells others of, regions that it follows.

use super::message::Pid;
use crate::cluster::calls::Call;
use crate::cluster::database::Statement;
use paceline_cluster::Door;
use paceline_engine::fleet::Errands;
use paceline_model::{HandOver, Instant, RegionId};
use std::collections::VecDeque;
use std::sync::Arc;

/// What is asked of the table, one after the other. The first is under way, under this number.
pub(super) struct Questions {
    pub(super) waiting: VecDeque<Statement>,
    pub(super) asked: u64,
    /// The number of the timer of the next sign of life, and when that is.
    pub(super) beat: (u64, Instant),
}

impl Default for Questions {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), asked: 0, beat: (0, Instant(u64::MAX)) }
    }
}

/// Who asked.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// A client, by its attempt.
    Client(u64),
    /// Another process's door: the nth attempt of a request at it.
    Door(Pid, u64, u64),
    /// The courier of a region of this process, at this look, about a vehicle.
    Courier(RegionId, u64, Arc<HandOver>),
    /// The same, for its own region.
    Note(RegionId, u64),
    /// Nobody who waits for an answer.
    Nobody,
}

/// A request that has not found its region yet, or was sent on.
#[derive(Debug)]
pub(super) struct AtDoor {
    pub(super) door: Door,
    pub(super) call: Call,
    pub(super) caller: Caller,
    pub(super) since: Instant,
    pub(super) nth: u64,
}

/// Where a courier stands. Each look has a number: what comes of an earlier one is not for it.
#[derive(Debug, Default)]
pub(super) struct Courier {
    pub(super) look: u64,
    pub(super) errands: Errands,
    /// Tellings of which nothing has come yet.
    pub(super) under_way: usize,
    /// Whether any was taken, and noted.
    pub(super) noted: bool,
    /// A vehicle has left since the look began.
    pub(super) woken: bool,
    /// It waits to be woken, or for a while.
    pub(super) rests: bool,
}

/// A region that is replayed beside its owner.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) lines: u64,
    pub(super) asked: u64,
    pub(super) ready: bool,
}

/// What a process is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Course {
    Stays,
    /// It gives its regions away.
    Ending,
    /// It has nothing to do any more, and answers only who is at its door already.
    Closing,
}
