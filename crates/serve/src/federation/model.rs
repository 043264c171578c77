//! The read model of a federation: clusters and workloads by name.

use crate::kind::{ReadModel, follow};
use paceline_engine::federation::{Changes, ClusterRow, FederatedRow, Federation, HeardOfCluster};
use paceline_model::Version;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::ClusterId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The world as it is read.
#[derive(Default)]
pub(crate) struct FederationModel {
    /// The last event that is in it.
    pub(crate) version: Version,
    pub(crate) clusters: BTreeMap<ClusterId, Arc<ClusterRow>>,
    pub(crate) workloads: BTreeMap<WorkloadId, Arc<FederatedRow>>,
}

/// Rows that have changed, as they stand. `None`: the row was removed.
#[derive(Default)]
pub(crate) struct FederationDelta {
    clusters: Vec<(ClusterId, Option<Arc<ClusterRow>>)>,
    workloads: Vec<(WorkloadId, Option<Arc<FederatedRow>>)>,
    /// These are all rows that there are.
    whole: bool,
}

impl ReadModel for FederationModel {
    type World = Federation;
    type Delta = FederationDelta;
    type Heard = Vec<(ClusterId, HeardOfCluster)>;

    fn version(&self) -> Version {
        self.version
    }

    fn apply(&mut self, version: Version, delta: FederationDelta) {
        if delta.whole {
            *self = Self::default();
        }
        self.version = version;
        follow(&mut self.clusters, delta.clusters);
        follow(&mut self.workloads, delta.workloads);
    }

    fn hear(&mut self, heard: Self::Heard) {
        for (id, heard) in heard {
            if let Some(cluster) = self.clusters.get_mut(&id) {
                Arc::make_mut(cluster).hear(heard);
            }
        }
    }

    fn delta(world: &Federation, changes: Changes) -> FederationDelta {
        let clusters = changes.clusters.into_iter();
        let workloads = changes.workloads.into_iter();
        FederationDelta {
            clusters: clusters.map(|id| (id.clone(), world.cluster(&id).cloned())).collect(),
            workloads: workloads.map(|id| (id.clone(), world.workload(&id).cloned())).collect(),
            whole: false,
        }
    }

    fn whole(world: &Federation) -> FederationDelta {
        FederationDelta {
            clusters: world.clusters().map(|row| (row.spec.id.clone(), Some(row.clone()))).collect(),
            workloads: world.workloads().map(|row| (row.spec.id().clone(), Some(row.clone()))).collect(),
            whole: true,
        }
    }

    fn is_whole(delta: &FederationDelta) -> bool {
        delta.whole
    }

    fn heard_since(delta: &mut FederationDelta, world: &Federation) {
        for (id, row) in &mut delta.clusters {
            if let (Some(row), Some(now)) = (row, world.cluster(id)) {
                Arc::make_mut(row).hear(now.heard().clone());
            }
        }
    }

    fn take_heard(world: &Federation, changes: &mut Changes) -> Option<Self::Heard> {
        let heard = std::mem::take(&mut changes.heard).into_iter();
        let heard: Vec<_> =
            heard.filter_map(|id| Some((id.clone(), world.cluster(&id)?.heard().clone()))).collect();
        (!heard.is_empty()).then_some(heard)
    }
}
