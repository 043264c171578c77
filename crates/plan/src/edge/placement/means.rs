//! What may be done to make room, and what it costs.

use super::mix::Parts;
use super::placer::Beside;
use super::replicas::{Here, Replicas};
use super::rows::Placement;

/// What has to happen to one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on elsewhere: start it there first, then stop it here.
    Move {
        /// By its place in the list of replicas.
        replica: usize,
        /// Where it goes.
        to: Placement,
        /// What each score gives it there.
        parts: Parts,
    },
    /// It stops: nothing else has room for it.
    Evict {
        /// By its place in the list of replicas.
        replica: usize,
    },
}

impl Action {
    /// Whom it is about.
    pub fn replica(&self) -> usize {
        match self {
            Self::Move { replica, .. } | Self::Evict { replica } => *replica,
        }
    }
    /// Whether it stops.
    pub fn evicts(&self) -> bool {
        matches!(self, Self::Evict { .. })
    }
}

/// What room costs, dearest part first: the least is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// The highest priority that is evicted; `None`: nobody is.
    pub priority: Option<i32>,
    /// How many are evicted.
    pub evictions: usize,
    /// How long these have run, together.
    pub ran: u64,
    /// How many move.
    pub moves: usize,
}

impl Cost {
    /// That this one is evicted alone.
    pub(super) fn of_one(here: &Here) -> Self {
        Self { priority: Some(here.priority), evictions: 1, ran: here.ran, moves: 0 }
    }
}

/// Where those that run may move, beyond amounts and classes.
pub trait Elsewhere {
    /// Where a replica may go once some actions are done; `None`: anywhere.
    fn beside(&self, replica: usize, before: &[Action]) -> Option<Box<dyn Beside + '_>>;
}

/// Anywhere.
pub struct Anywhere;

impl Elsewhere for Anywhere {
    fn beside(&self, _: usize, _: &[Action]) -> Option<Box<dyn Beside + '_>> {
        None
    }
}

/// What may be done to make room.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// What runs.
    pub replicas: &'a Replicas,
    /// Only who is below this gives way. `None`: anybody, whatever its priority.
    pub below: Option<i32>,
    /// Whether one must be left alone, beside those that are held.
    pub spared: &'a dyn Fn(usize) -> bool,
    /// At most so many give way.
    pub victims_max: usize,
    /// Whether who finds no other place is evicted, within the budgets of the groups.
    pub evict: bool,
    /// Where the task itself may go, beyond amounts and classes.
    pub here: Option<&'a dyn Beside>,
    /// Where a replica may go.
    pub elsewhere: &'a dyn Elsewhere,
}

impl<'a> Means<'a> {
    /// At most `moves_max` move, whatever their priority; nothing stops.
    pub fn moves(replicas: &'a Replicas, moves_max: usize) -> Self {
        Self {
            replicas,
            below: None,
            spared: &|_| false,
            victims_max: moves_max,
            evict: false,
            here: None,
            elsewhere: &Anywhere,
        }
    }
    /// Whoever is below `priority` moves, or is evicted.
    pub fn preemption(replicas: &'a Replicas, priority: i32) -> Self {
        Self { below: Some(priority), evict: true, ..Self::moves(replicas, usize::MAX) }
    }

    pub(super) fn touches(&self, here: &Here) -> bool {
        !here.held && self.below.is_none_or(|below| here.priority < below) && !(self.spared)(here.at)
    }
    pub(super) fn touches_all(&self, replicas: &[usize]) -> bool {
        replicas.iter().all(|at| self.touches(&self.replicas.here(*at)))
    }
}
