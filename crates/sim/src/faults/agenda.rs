//! What happens when: steps in the order of their times, and among equal times in the order in which they were set.

use super::step::Step;
use paceline_model::Instant;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Agenda {
    steps: BTreeMap<(Instant, u64), Step>,
    numbers: u64,
}

impl Agenda {
    pub(super) fn set(&mut self, at: Instant, step: Step) {
        self.numbers += 1;
        self.steps.insert((at, self.numbers), step);
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.steps.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next step, if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Step> {
        let entry = self.steps.first_entry().filter(|entry| entry.key().0 <= now);
        entry.map(|entry| entry.remove())
    }

    /// The process is gone, and what it was about to do.
    pub(super) fn end_process(&mut self) {
        self.steps.retain(|_, step| !step.is_of_process());
    }
}
