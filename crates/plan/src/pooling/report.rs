//! What a round of shared rides has to say for itself.

use crate::{Degraded, Stage};

/// Counts of one round, and what ran short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Pairs of an open party and a vehicle that could take it.
    pub offers: u32,
    /// Parties that the insertion placed.
    pub inserted: u32,
    /// Cost of the present plans with everybody open left out, after insertion, and at the end.
    pub costs: Vec<(&'static str, i64)>,
    /// What ran short; empty for a healthy round.
    pub degraded: Vec<Degraded>,
}

impl Report {
    pub(super) fn ran_short(&mut self, reason: String) {
        self.degraded.push(Degraded { stage: Stage::Pooling, reason });
    }
}
