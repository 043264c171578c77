//! What is to happen when, around an edge region. Of two things that are due at one moment, the one that was put down first comes first.

use paceline_model::Instant;
use paceline_model::edge::NodeReport;
use std::collections::BTreeMap;

/// An appointment; a box is meant by its place.
pub(super) enum Wake {
    /// A box measures and reports.
    Measure(usize),
    /// What a box said arrives.
    Arrive(Box<NodeReport>),
    /// The link of a box goes down, or comes back.
    Link(usize, bool),
    /// The fan of a box stops, or turns again.
    Fan(usize, bool),
    /// A box measures its signal.
    Signal(usize),
    /// A workload is asked for, by the place of its demand; with `again` the next one follows.
    Ask { demand: usize, again: bool },
    /// A workload ends, by its number.
    Leave(usize),
}

/// All appointments to come.
#[derive(Default)]
pub(super) struct Agenda {
    wakes: BTreeMap<(Instant, u64), Wake>,
    made: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, wake: Wake) {
        self.made += 1;
        self.wakes.insert((at, self.made), wake);
    }
    /// When the next one is.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.wakes.first_key_value().map(|((at, _), _)| *at)
    }
    /// Takes the next one off, if it is due by `at`.
    pub(super) fn due(&mut self, at: Instant) -> Option<Wake> {
        let first = self.wakes.first_entry().filter(|first| first.key().0 <= at);
        first.map(|first| first.remove())
    }
}
