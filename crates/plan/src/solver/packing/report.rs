//! What a packing has to say for itself: its cost, how far it can be from the optimum, and whether it was cut short.

/// How good the answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackingReport {
    /// The answer's cost.
    pub cost: i64,
    /// No selection can cost less than this.
    pub bound: i64,
    /// Work steps used.
    pub steps: u64,
    /// Whether the budget ended before the search had run its course, with the answer not proven optimal.
    pub cut_short: bool,
}

impl PackingReport {
    /// How much dearer than the optimum the answer can be at most, as a share of the bound. 0 means proven optimal.
    pub fn gap(&self) -> f64 {
        (self.cost - self.bound) as f64 / self.bound.max(1) as f64
    }
}
