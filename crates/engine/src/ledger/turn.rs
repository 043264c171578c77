//! Leave to begin a round, and what of the time since the last one a world may know. A world that remembered when it last did
//! something would decide otherwise after a restart, which forgets it: whatever is done once in a while follows from the turns.

use paceline_model::{Instant, Millis};

/// A tick in which a round may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When the turn before was. In a world that was just restored, when it would have been.
    pub last: Instant,
}

impl Turn {
    /// Whether what is done every so often is due at `now`: a multiple of `every` lies between the last turn and this one, not before
    /// that and before `now`.
    pub fn reaches(self, now: Instant, every: Millis) -> bool {
        let every = u64::from(every.0.max(1));
        self.last.0.div_ceil(every) * every < now.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_every_so_often_is_due_in_one_turn_of_each_span_however_turns_fall() {
        let due = |last, now| Turn { last: Instant(last) }.reaches(Instant(now), Millis(5_000));
        assert!(due(0, 1_000) && !due(1_000, 5_000) && due(5_000, 6_000));
        for ticks in
            [[1_000, 4_999, 5_000, 5_001], [1_000, 4_000, 7_500, 9_900], [1_000, 2_000, 3_000, 5_200]]
        {
            let turns = std::iter::once(0).chain(ticks).zip(ticks);
            let count = turns.filter(|(last, now)| due(*last, *now)).count();
            assert_eq!(count, if ticks[3] > 5_000 { 2 } else { 1 }, "{ticks:?}");
        }
    }
}
