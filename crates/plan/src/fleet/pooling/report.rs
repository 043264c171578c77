//! What a round of shared rides has to say for itself.

use crate::{Degraded, Stage};

/// Counts of one round, and what ran short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Pairs of an open party and a vehicle that could take it.
    pub offers: u32,
    /// Parties that the insertion placed.
    pub inserted: u32,
    /// Columns of the choice of trips.
    pub columns: u32,
    /// How far that choice can be from the best one over these columns at most, as a share of the bound.
    pub gap: Option<f64>,
    /// Times that routes were taken apart and put together again, and how often that helped.
    pub tries: u32,
    /// How often that helped.
    pub improved: u32,
    /// The objective with nothing decided and after each level.
    pub costs: Vec<(&'static str, i64)>,
    /// What ran short; empty for a healthy round.
    pub degraded: Vec<Degraded>,
}

impl Report {
    pub(super) fn ran_short(&mut self, reason: String) {
        self.degraded.push(Degraded { stage: Stage::Pooling, reason });
    }
}
