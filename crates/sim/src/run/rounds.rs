//! What the rounds of a day add up to.

use crate::kpi::quantile;
use paceline_engine::RoundSummary;

/// What the rounds of a run add up to.
#[derive(Default)]
pub(super) struct Rounds {
    /// Wall time of rounds with something to decide.
    pub(super) decisions: Decisions,
    pub(super) degraded: u64,
    pub(super) held_back: u64,
}

impl Rounds {
    pub(super) fn count(&mut self, summary: &RoundSummary) {
        self.degraded += u64::from(!summary.degraded.is_empty());
        self.held_back += u64::from(summary.held_back);
    }

    /// Adds those of another region.
    pub(super) fn add(&mut self, other: Self) {
        self.decisions.0.extend(other.decisions.0);
        self.degraded += other.degraded;
        self.held_back += other.held_back;
    }
}

/// Wall time of decisions, in microseconds.
#[derive(Default)]
pub(crate) struct Decisions(Vec<u32>);

impl Decisions {
    pub(crate) fn count(&mut self, took: std::time::Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn number(&self) -> u64 {
        self.0.len() as u64
    }

    /// In milliseconds: half, 99 in 100, and all took no longer.
    pub(crate) fn quantiles_ms(mut self) -> [f64; 3] {
        self.0.sort_unstable();
        [0.5, 0.99, 1.0].map(|share| f64::from(quantile(&self.0, share)) / 1_000.0)
    }
}
