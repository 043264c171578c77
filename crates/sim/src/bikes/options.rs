//! What may be another in each run of one scenario.

use super::policy::BikesPolicy;
use std::path::PathBuf;

/// What a run may vary of its scenario.
#[derive(Clone, Debug)]
pub struct BikesRun {
    /// How targets are set.
    pub policy: BikesPolicy,
    /// Instead of the scenario's number.
    pub vans: Option<u32>,
    /// Fixes all chance.
    pub seed: u64,
    /// Writes the run's journal into this directory, which must be empty or absent.
    pub journal: Option<PathBuf>,
}

impl BikesRun {
    /// As the scenario says, with this seed.
    pub fn of_seed(seed: u64) -> Self {
        Self { policy: BikesPolicy::default(), vans: None, seed, journal: None }
    }
}
