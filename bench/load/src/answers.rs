//! What was answered, and how long that took.

use std::fmt;
use std::time::Duration;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, and durable.
    Taken,
    /// Come back later: 429 or 503, with `Retry-After`.
    TurnedAway,
    /// Anything else, no answer included.
    Wrong,
}

impl Answer {
    /// By the answer's status, and whether it says when to come back.
    pub fn of(status: u16, retry_after: bool) -> Self {
        match status {
            200..300 => Self::Taken,
            429 | 503 if retry_after => Self::TurnedAway,
            _ => Self::Wrong,
        }
    }
}

/// The answers to all of one kind.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    taken: Vec<Duration>,
    turned_away: Vec<Duration>,
    wrong: usize,
}

impl Answers {
    /// Takes in an answer and how long it took.
    pub fn note(&mut self, answer: Answer, took: Duration) {
        match answer {
            Answer::Taken => self.taken.push(took),
            Answer::TurnedAway => self.turned_away.push(took),
            Answer::Wrong => self.wrong += 1,
        }
    }
    /// Whether there were any, and all were taken.
    pub fn all_taken(&self) -> bool {
        self.turned_away.is_empty() && self.wrong == 0 && !self.taken.is_empty()
    }
    /// How many were turned away.
    pub fn turned_away(&self) -> usize {
        self.turned_away.len()
    }
    /// How many there are.
    pub fn count(&self) -> usize {
        self.taken.len() + self.turned_away.len() + self.wrong
    }
    /// How many were neither taken nor turned away.
    pub fn neither(&self) -> usize {
        self.wrong
    }
    /// The 99th percentile of the time that those took that were taken.
    pub fn taken_p99_ms(&self) -> f64 {
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

/// So much of them took no longer, in milliseconds; 0 of none.
pub fn quantile_ms(took: &[Duration], part: f64) -> f64 {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).ceil() as usize;
    sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}
