//! What is under way in a process: questions to the table, requests at its door, regions that it follows.

use super::message::Pid;
use crate::cluster::calls::Call;
use crate::cluster::database::Statement;
use paceline_cluster::Door;
use paceline_model::Instant;
use std::collections::VecDeque;

/// What is asked of the table, one after the other. The first is under way, under this number.
#[derive(Default)]
pub(super) struct Questions {
    pub(super) waiting: VecDeque<Statement>,
    pub(super) asked: u64,
}

/// Who asked: a client by its attempt, or another door.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) attempt: u64,
    pub(super) other: Option<(Pid, u64, u64)>,
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

/// A region that is replayed beside its owner.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) lines: u64,
    pub(super) asked: u64,
    pub(super) ready: bool,
}
