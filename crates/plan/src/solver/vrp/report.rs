//! What a solve did, and what ran short.

/// Beside the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct VrpReport {
    /// Vehicles in use.
    pub vehicles: usize,
    /// Length of all routes, in the instance's unit.
    pub distance: f64,
    /// Requests for which no room was found.
    pub unserved: usize,
    /// Rounds of ruin and recreate.
    pub iterations: u64,
    /// Requests ejected to make room for another while vehicles were saved.
    pub ejections: u64,
    /// Budget used.
    pub steps: u64,
}
