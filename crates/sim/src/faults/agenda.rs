//! What happens when: steps in the order of their times, and among equal times in the order in which they were set.

use super::around::Around;
use super::step::Step;
use paceline_model::Instant;
use std::collections::BTreeMap;

pub(super) struct Agenda<A: Around> {
    steps: BTreeMap<(Instant, u64), Step<A>>,
    numbers: u64,
}

impl<A: Around> Default for Agenda<A> {
    fn default() -> Self {
        Self { steps: BTreeMap::new(), numbers: 0 }
    }
}

impl<A: Around> Agenda<A> {
    pub(super) fn set(&mut self, at: Instant, step: Step<A>) {
        self.numbers += 1;
        self.steps.insert((at, self.numbers), step);
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.steps.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next step, if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Step<A>> {
        let entry = self.steps.first_entry().filter(|entry| entry.key().0 <= now);
        entry.map(|entry| entry.remove())
    }

    /// The process is gone, and what it was about to do.
    pub(super) fn end_process(&mut self) {
        self.steps.retain(|_, step| !step.is_of_process());
    }
}
