//! A round of a federation: which workloads are looked at, and what of the answer still holds.

mod adopt;
mod problem;

pub(super) use adopt::adopt;
pub(super) use problem::problem;

use paceline_model::edge::WorkloadId;
use paceline_model::federation::{ClusterId, FederatedWorkload};
use std::sync::Arc;

/// What a round was about and came to.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// Workloads that it was about, by their number, as they were asked for then.
    pub(super) asked: Vec<(WorkloadId, Arc<FederatedWorkload>)>,
    /// Clusters, by their number.
    pub(super) clusters: Vec<ClusterId>,
    /// Workloads that were spread otherwise than before.
    pub spread: u32,
    /// Replicas of them that go nowhere.
    pub unplaced: u32,
    /// Workloads whose answer did not hold any more.
    pub stale: u32,
    /// The budget was over before the last workload.
    pub ran_short: bool,
}

impl RoundSummary {
    /// How many workloads it was about.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }
}
