//! Counters of a process that may start again, summed up to what was counted in all. A counter that falls has begun anew at 0.

use paceline_model::edge::Counters;

/// What was counted in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// What the counters said last; `None`: they were not read yet.
    last: Option<Counters>,
    /// What was counted since the first reading.
    sum: Counters,
}

impl Tally {
    /// Of a process whose counters begin at 0 from here on.
    pub fn from_nought() -> Self {
        let nought = Counters { requests: Some(0), errors: Some(0), slow: Some(0) };
        Self { last: Some(nought), sum: Counters::default() }
    }

    /// Of a process that has counted before: its first reading is only where it begins.
    pub fn from_first_reading() -> Self {
        Self::default()
    }

    /// What was counted.
    pub fn sum(&self) -> Counters {
        self.sum
    }

    /// Takes a reading in. One without requests says nothing. What was once unknown of requests that count stays so.
    pub fn read(&mut self, now: Counters) {
        let Some(requests) = now.requests else { return };
        let Some(last) = self.last.replace(now) else {
            self.sum = Counters { requests: Some(0), errors: Some(0), slow: Some(0) };
            return;
        };
        let fell =
            |before: Option<u64>, now: Option<u64>| matches!((before, now), (Some(a), Some(b)) if b < a);
        let again =
            fell(last.requests, now.requests) || fell(last.errors, now.errors) || fell(last.slow, now.slow);
        let more = |before: Option<u64>, now: u64| if again { now } else { now - before.unwrap_or(0) };
        let first = self.sum.requests.is_none();
        let part = |sum: Option<u64>, before: Option<u64>, now: Option<u64>| {
            let sum = if first { Some(0) } else { sum };
            Some(sum? + more(Some(before?), now?))
        };
        self.sum = Counters {
            requests: Some(self.sum.requests.unwrap_or(0) + more(last.requests, requests)),
            errors: part(self.sum.errors, last.errors, now.errors),
            slow: part(self.sum.slow, last.slow, now.slow),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(requests: u64, errors: Option<u64>) -> Counters {
        Counters { requests: Some(requests), errors, slow: None }
    }

    #[test]
    fn counters_that_start_again_are_summed_over_the_restart() {
        let mut tally = Tally::from_first_reading();
        for (requests, errors) in [(0, 0), (800, 3), (12, 0), (450, 2)] {
            tally.read(counted(requests, Some(errors)));
        }
        assert_eq!((tally.sum().requests, tally.sum().errors), (Some(1_250), Some(5)));
    }

    #[test]
    fn a_restart_shows_in_one_counter_and_holds_for_all() {
        let mut tally = Tally::from_nought();
        tally.read(counted(100, Some(3)));
        tally.read(counted(40, Some(3)));
        assert_eq!(tally.sum().errors, Some(6), "three before and three after");
    }

    #[test]
    fn what_was_unknown_once_is_no_evidence_and_what_was_before_is_none_either() {
        let mut tally = Tally::from_nought();
        assert_eq!(tally.sum(), Counters::default());
        tally.read(Counters::default());
        assert_eq!(tally.sum().requests, None, "nothing was said");
        tally.read(counted(100, None));
        tally.read(counted(200, Some(0)));
        assert_eq!((tally.sum().requests, tally.sum().errors), (Some(200), None));
        let mut before = Tally::from_first_reading();
        before.read(counted(9_000, Some(1)));
        before.read(counted(9_100, Some(1)));
        assert_eq!((before.sum().requests, before.sum().errors), (Some(100), Some(0)));
    }
}
