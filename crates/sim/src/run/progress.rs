//! How far a run has got: what its host reports while it plays.

use crate::kpi::Outcomes;
use paceline_model::Instant;

/// How far a run has got.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Virtual time.
    pub at: Instant,
    /// Share of the day that has passed, 0 to 1.
    pub share: f64,
    /// Orders placed so far.
    pub placed: u32,
    /// Orders by outcome so far.
    pub outcomes: Outcomes,
}
