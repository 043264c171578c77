//! What is to happen when. Of two things that are due at one moment, the one that was put down first happens first.

use paceline_model::{Instant, VehicleIdx};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wake {
    /// The next trip of the day is due.
    Trip,
    /// A rider's patience ends, by the trip's number.
    Cancel(u32),
    /// A vehicle reaches the next thing to do, if its epoch still holds.
    Next { agent: VehicleIdx, epoch: u32 },
    /// A vehicle says where it is, if its epoch still holds.
    Report { agent: VehicleIdx, epoch: u32 },
    /// A vehicle breaks down.
    Fault(VehicleIdx),
    /// A vehicle is repaired.
    Repaired(VehicleIdx),
}

/// All appointments to come.
#[derive(Default)]
pub(super) struct Agenda {
    wakes: BinaryHeap<Reverse<(Instant, u64, Wake)>>,
    /// How many were ever made.
    made: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, wake: Wake) {
        self.made += 1;
        self.wakes.push(Reverse((at, self.made, wake)));
    }
    /// When the next one is.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.wakes.peek().map(|Reverse((at, ..))| *at)
    }
    /// Takes the next one off, if it is due by `at`.
    pub(super) fn due(&mut self, at: Instant) -> Option<Wake> {
        self.next_at().filter(|due| *due <= at)?;
        self.wakes.pop().map(|Reverse((.., wake))| wake)
    }
}
