//! How good distributions were: sums over counts that they foretold.

use super::predictive::Predictive;
use super::seen::Count;

/// Sums over counts; where nothing could be counted, nothing is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Counts that were judged.
    pub counts: u64,
    /// Riders in them.
    pub riders: f64,
    /// Riders who were expected, without regard to room.
    pub expected: f64,
    /// Logarithms of chances.
    pub log: f64,
    /// Counts within the central 80 and 95 %.
    pub covered: [f64; 2],
}

impl Score {
    /// The central intervals that are looked at.
    pub const CENTRAL: [f64; 2] = [0.8, 0.95];

    /// Judges one count.
    pub fn judge(&mut self, foretold: Predictive, seen: Count) {
        if seen.room == 0 {
            return;
        }
        self.counts += 1;
        self.riders += f64::from(seen.riders);
        self.expected += foretold.mean;
        self.log += foretold.log_score(seen);
        for (covered, central) in self.covered.iter_mut().zip(Self::CENTRAL) {
            *covered += foretold.covers(seen, central);
        }
    }
    /// Both together.
    pub fn and(mut self, other: &Self) -> Self {
        self.counts += other.counts;
        self.riders += other.riders;
        self.expected += other.expected;
        self.log += other.log;
        self.covered.iter_mut().zip(other.covered).for_each(|(sum, other)| *sum += other);
        self
    }
    /// The mean logarithm of the chance of what was counted: the higher the better, 0 at best.
    pub fn mean_log(&self) -> f64 {
        self.log / self.counts.max(1) as f64
    }
    /// Parts of the counts within the central 80 and 95 %, in 0 to 1.
    pub fn coverage(&self) -> [f64; 2] {
        self.covered.map(|covered| covered / self.counts.max(1) as f64)
    }
}
