//! What a federation is a fold of, and what derives from it.

use super::changes::Changes;
use super::options::FederationOptions;
use super::row::{ClusterRow, FederatedRow};
use paceline_model::Instant;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::ClusterId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a workload fares in a cluster that does not place all that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundFull {
    /// Some have had no node since then.
    Waiting(Instant),
    /// It gets no more than had one, until then.
    Until(Instant, u32),
}

/// A federation's world. Rows are shared with copies of it, and copied when they change.
#[derive(Default)]
pub struct Federation {
    pub(super) options: FederationOptions,
    pub(super) clusters: BTreeMap<ClusterId, Arc<ClusterRow>>,
    pub(super) workloads: BTreeMap<WorkloadId, Arc<FederatedRow>>,
    /// Workloads to be looked at. Derived, as all that follows.
    pub(super) touched: BTreeSet<WorkloadId>,
    /// Workloads of which some go nowhere: they are looked at again when some cluster says something else.
    pub(super) waiting: BTreeSet<WorkloadId>,
    /// Whether some cluster has.
    pub(super) news: bool,
    pub(super) found_full: BTreeMap<(WorkloadId, ClusterId), FoundFull>,
    /// Events that were applied since it was read back.
    pub(super) steps: u64,
    pub(super) began: bool,
    pub(super) now: Instant,
    pub(super) changes: Changes,
}

impl Federation {
    /// An empty world.
    pub fn new(options: FederationOptions) -> Self {
        Self { options, ..Self::default() }
    }
    /// How it is run.
    pub fn options(&self) -> &FederationOptions {
        &self.options
    }
    /// Counts what has happened since it was read back: what was told by a look at one step is what all before it has come to.
    pub fn steps(&self) -> u64 {
        self.steps
    }
    /// The cluster of that name.
    pub fn cluster(&self, id: &ClusterId) -> Option<&Arc<ClusterRow>> {
        self.clusters.get(id)
    }
    /// All clusters, by name.
    pub fn clusters(&self) -> impl ExactSizeIterator<Item = &Arc<ClusterRow>> {
        self.clusters.values()
    }
    /// The workload of that name.
    pub fn workload(&self, id: &WorkloadId) -> Option<&Arc<FederatedRow>> {
        self.workloads.get(id)
    }
    /// All workloads, by name.
    pub fn workloads(&self) -> impl ExactSizeIterator<Item = &Arc<FederatedRow>> {
        self.workloads.values()
    }

    pub(super) fn cluster_mut(&mut self, id: &ClusterId) -> Option<&mut ClusterRow> {
        self.changes.clusters.insert(id.clone());
        self.clusters.get_mut(id).map(Arc::make_mut)
    }
    pub(super) fn workload_mut(&mut self, id: &WorkloadId) -> Option<&mut FederatedRow> {
        self.changes.workloads.insert(id.clone());
        self.workloads.get_mut(id).map(Arc::make_mut)
    }

    /// Something else is true of a cluster: what it has, and what waits for room, is looked at again.
    pub(super) fn touch_cluster(&mut self, id: &ClusterId) {
        let has = self.workloads.iter().filter(|(_, row)| row.concerns(id)).map(|(name, _)| name.clone());
        let has: Vec<WorkloadId> = has.collect();
        self.touched.extend(has);
        self.touched.append(&mut self.waiting);
    }

    /// Notes the time of the input at hand. Whoever goes on from a journal has heard nobody yet, and looks at everything once.
    pub(super) fn meet(&mut self, now: Instant) {
        self.now = now;
        if !self.began {
            self.began = true;
            for row in self.clusters.values_mut() {
                Arc::make_mut(row).heard.since = now;
            }
            self.touched = self.workloads.keys().cloned().collect();
        }
    }
}
