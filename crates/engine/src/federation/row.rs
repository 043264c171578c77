//! Rows of clusters and workloads: what is true of each, and beside it what clusters only said.

use paceline_model::Instant;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{
    CapacitySummary, ClusterId, ClusterSpec, FederatedWorkload, SpreadDecision, WorkloadSummary,
};
use paceline_plan::edge::federation::Room;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterRow {
    /// What its operator says it is.
    pub spec: Arc<ClusterSpec>,
    /// Nothing new goes there.
    pub cordoned: bool,
    /// What is there goes elsewhere.
    pub draining: bool,
    /// By an operator's word nothing runs there any more.
    pub gone: bool,
    /// Since when it has said nothing, if it cannot be reached.
    pub lost: Option<Instant>,
    #[serde(skip)]
    pub(super) heard: HeardOfCluster,
}

/// The newest that a cluster said of itself: no part of the world, and begun anew by a restart.
#[derive(Clone, Debug, Default)]
pub struct HeardOfCluster {
    /// Since when it is asked.
    pub since: Instant,
    /// When it last answered.
    pub at: Option<Instant>,
    /// What it answered.
    pub summary: Option<Arc<CapacitySummary>>,
    /// What is free there by that.
    pub(super) room: Arc<Room>,
    /// Why it did not answer when it was asked last.
    pub error: Option<String>,
    /// What it would not take, and why.
    pub refused: BTreeMap<WorkloadId, String>,
}

/// Equal worlds need not have heard the same.
impl PartialEq for HeardOfCluster {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ClusterRow {
    pub(super) fn new(spec: Arc<ClusterSpec>) -> Self {
        let heard = HeardOfCluster::default();
        Self { spec, cordoned: false, draining: false, gone: false, lost: None, heard }
    }
    /// The newest that it said of itself.
    pub fn heard(&self) -> &HeardOfCluster {
        &self.heard
    }
    /// Takes over what it said.
    pub fn hear(&mut self, heard: HeardOfCluster) {
        self.heard = heard;
    }
    /// How a workload stands there by its own word; `None`: it cannot be reached, or has not been heard yet.
    pub fn of_workload(&self, workload: &WorkloadId) -> Option<WorkloadSummary> {
        let summary = self.heard.summary.as_ref().filter(|_| self.lost.is_none())?;
        Some(summary.workloads.get(workload).cloned().unwrap_or_default())
    }
    /// Whether it has neither answered nor been found to be lost since it was first asked.
    pub(super) fn is_expected(&self) -> bool {
        self.heard.summary.is_none() && self.lost.is_none()
    }
}

/// A workload that is spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FederatedRow {
    /// What its owner asks for.
    pub spec: Arc<FederatedWorkload>,
    /// When it was first asked for.
    pub put_at: Instant,
    /// It is to end everywhere.
    pub ending: bool,
    /// It is to be shared out anew.
    pub anew: bool,
    /// Replicas that each cluster is to have, none of them 0.
    pub replicas: BTreeMap<ClusterId, u32>,
    /// Replicas that clusters may still run that are to have fewer.
    pub residue: BTreeMap<ClusterId, u32>,
    /// Why it is spread so.
    pub decision: Option<Arc<SpreadDecision>>,
    #[serde(skip)]
    pub(super) finding: Finding,
}

/// What the last round found, and when clusters were last to have fewer.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    /// What was found, where that is something else than what was decided.
    pub(super) decision: Option<Arc<SpreadDecision>>,
    /// The world's step in which some cluster was last to have fewer: what one says counts as ended once it was told of that before it was asked.
    pub(super) lowered: u64,
}

/// A round finds the same again.
impl PartialEq for Finding {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl FederatedRow {
    pub(super) fn new(spec: Arc<FederatedWorkload>, at: Instant) -> Self {
        Self {
            spec,
            put_at: at,
            ending: false,
            anew: true,
            replicas: BTreeMap::new(),
            residue: BTreeMap::new(),
            decision: None,
            finding: Finding::default(),
        }
    }
    /// Why it is spread so, as last looked at.
    pub fn finding(&self) -> Option<&Arc<SpreadDecision>> {
        self.finding.decision.as_ref().or(self.decision.as_ref())
    }
    /// Replicas that a cluster is to have.
    pub fn of(&self, cluster: &ClusterId) -> u32 {
        self.replicas.get(cluster).copied().unwrap_or(0)
    }
    /// Replicas that a cluster may still run beyond those.
    pub fn residue_of(&self, cluster: &ClusterId) -> u32 {
        self.residue.get(cluster).copied().unwrap_or(0)
    }
    /// Whether a cluster has or may have any of it.
    pub fn concerns(&self, cluster: &ClusterId) -> bool {
        self.replicas.contains_key(cluster) || self.residue.contains_key(cluster)
    }
    /// Replicas that no cluster was given.
    pub fn unplaced(&self) -> u32 {
        if self.ending {
            return 0;
        }
        self.spec.workload.replicas.saturating_sub(self.replicas.values().sum())
    }
}
