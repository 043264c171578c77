//! What was answered, and how long that took.

use std::fmt;
use std::time::Duration;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, and durable.
    Taken,
    /// Come back later: 429 or 503, with `Retry-After`.
    TurnedAway,
    /// Anything else, no answer included.
    Wrong,
}

impl Answer {
    pub(crate) fn of(status: u16, retry_after: bool) -> Self {
        match status {
            200..300 => Self::Taken,
            429 | 503 if retry_after => Self::TurnedAway,
            _ => Self::Wrong,
        }
    }
}

/// The answers to all of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    taken: Vec<Duration>,
    turned_away: Vec<Duration>,
    wrong: usize,
}

impl Answers {
    /// Takes in an answer and how long it took.
    pub(crate) fn note(&mut self, answer: Answer, took: Duration) {
        match answer {
            Answer::Taken => self.taken.push(took),
            Answer::TurnedAway => self.turned_away.push(took),
            Answer::Wrong => self.wrong += 1,
        }
    }
    pub(crate) fn all_taken(&self) -> bool {
        self.turned_away.is_empty() && self.wrong == 0 && !self.taken.is_empty()
    }
    pub(crate) fn turned_away(&self) -> usize {
        self.turned_away.len()
    }
    pub(crate) fn count(&self) -> usize {
        self.taken.len() + self.turned_away.len() + self.wrong
    }
    pub(crate) fn neither(&self) -> usize {
        self.wrong
    }
    pub(crate) fn taken_p99_ms(&self) -> f64 {
        quantile_ms(&self.taken, 0.99)
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |took: &[Duration]| {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| quantile_ms(took, part));
            format!("{} (p50 {p50:.1}, p99 {p99:.1}, longest {max:.1} ms)", took.len())
        };
        write!(
            f,
            "taken {}, turned away {}, neither {}",
            row(&self.taken),
            row(&self.turned_away),
            self.wrong
        )
    }
}

/// 0 of none.
fn quantile_ms(took: &[Duration], part: f64) -> f64 {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).ceil() as usize;
    sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}
