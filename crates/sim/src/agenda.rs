//! What is to happen when, around a region of any kind. Of two things that are due at one moment, the one that was put down first comes first.

use paceline_model::Instant;
use std::collections::BTreeMap;

/// All appointments to come; what one is, is the caller's.
pub(crate) struct Agenda<T> {
    wakes: BTreeMap<(Instant, u64), T>,
    /// How many were ever made.
    made: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { wakes: BTreeMap::new(), made: 0 }
    }
}

impl<T> Agenda<T> {
    pub(crate) fn add(&mut self, at: Instant, wake: T) {
        self.made += 1;
        self.wakes.insert((at, self.made), wake);
    }
    /// When the next one is.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.wakes.first_key_value().map(|((at, _), _)| *at)
    }
    /// Takes the next one off, if it is due by `at`.
    pub(crate) fn due(&mut self, at: Instant) -> Option<T> {
        let first = self.wakes.first_entry().filter(|first| first.key().0 <= at);
        first.map(|first| first.remove())
    }
    /// Takes them off as long as they are due by `at`.
    pub(crate) fn all_due(&mut self, at: Instant) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.due(at))
    }
    /// Strikes those out that will not happen.
    pub(crate) fn retain(&mut self, happens: impl Fn(&T) -> bool) {
        self.wakes.retain(|_, wake| happens(wake));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_by_time_and_then_as_it_was_put_down() {
        let mut agenda = Agenda::default();
        for (at, wake) in [(20, "c"), (10, "b"), (10, "a"), (30, "d")] {
            agenda.add(Instant(at), wake);
        }
        assert_eq!(agenda.next_at(), Some(Instant(10)));
        assert_eq!(agenda.all_due(Instant(20)).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!((agenda.due(Instant(29)), agenda.due(Instant(30))), (None, Some("d")));
    }
}
