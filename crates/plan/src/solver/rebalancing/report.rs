//! What a solve did, and how far from the optimum it can be.

/// Beside the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalancingReport {
    /// What all routes cost together.
    pub cost: i64,
    /// No answer costs less.
    pub bound: i64,
    /// Rounds of ruin and recreate.
    pub iterations: u64,
    /// Budget used.
    pub steps: u64,
}
