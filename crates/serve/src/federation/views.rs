//! Rows of a federation as the wire shows them.

use super::model::FederationModel;
use paceline_api::federation as api;
use paceline_engine::federation::{ClusterRow, FederatedRow};
use paceline_model::federation::{ClusterId, NodeClass};
use std::collections::BTreeMap;

/// What each cluster is to have of all workloads: how many of them, and how many replicas.
pub(crate) type Shares<'a> = BTreeMap<&'a ClusterId, (u32, u32)>;

impl FederationModel {
    /// What each cluster is to have.
    pub(crate) fn shares(&self) -> Shares<'_> {
        let mut shares = Shares::new();
        for (cluster, replicas) in self.workloads.values().flat_map(|row| &row.replicas) {
            let of = shares.entry(cluster).or_default();
            *of = (of.0 + 1, of.1 + replicas);
        }
        shares
    }
}

/// A cluster.
pub(crate) fn cluster(row: &ClusterRow, shares: &Shares<'_>) -> api::ClusterView {
    let (heard, (workloads, replicas)) = (row.heard(), shares.get(&row.spec.id).copied().unwrap_or_default());
    let summary = heard.summary.as_deref().filter(|_| row.lost.is_none());
    let classes = summary.map(|of| &*of.classes).unwrap_or_default();
    let sum =
        |of: &dyn Fn(&NodeClass) -> u64| classes.iter().map(|class| of(class) * u64::from(class.nodes)).sum();
    let milli_gpu = |class: &NodeClass| {
        class.devices.iter().map(|of| u64::from(of.milli_gpu) * u64::from(of.count)).sum::<u64>()
    };
    api::ClusterView {
        id: row.spec.id.to_string(),
        spec: (&*row.spec).into(),
        state: match (row.lost, heard.at) {
            (Some(_), _) if row.gone => api::ClusterState::Gone,
            (Some(_), _) => api::ClusterState::Unreachable,
            (None, Some(_)) => api::ClusterState::Reachable,
            (None, None) => api::ClusterState::Unheard,
        },
        unreachable_since: row.lost,
        cordoned: row.cordoned,
        draining: row.draining,
        heard_at: heard.at,
        error: heard.error.clone(),
        nodes: summary.map_or(0, |of| of.nodes),
        ready: summary.map_or(0, |of| of.ready),
        free_cpu_milli: sum(&|class| class.cpu_milli.into()),
        free_memory_mib: sum(&|class| class.memory_mib),
        free_milli_gpu: sum(&milli_gpu),
        workloads,
        replicas,
    }
}

/// A workload.
pub(crate) fn workload(model: &FederationModel, row: &FederatedRow) -> api::FederatedWorkloadView {
    let concerned = model.clusters.values().filter(|cluster| row.concerns(&cluster.spec.id));
    let shares: Vec<api::ShareView> = concerned.map(|cluster| share(row, cluster)).collect();
    api::FederatedWorkloadView {
        id: row.spec.id().to_string(),
        spec: (&*row.spec).into(),
        put_at: row.put_at,
        ending: row.ending,
        unplaced: row.unplaced(),
        placed: shares.iter().filter_map(|share| share.placed).sum(),
        shares,
    }
}

fn share(row: &FederatedRow, cluster: &ClusterRow) -> api::ShareView {
    let (id, known) = (&cluster.spec.id, cluster.of_workload(row.spec.id()));
    let versions = known.iter().flat_map(|known| &known.versions);
    api::ShareView {
        cluster: id.to_string(),
        replicas: row.of(id),
        residue: row.residue_of(id),
        asked: known.as_ref().map(|known| known.wanted),
        placed: known.as_ref().map(|known| known.placed),
        versions: versions.map(|(version, count)| (version.to_string(), *count)).collect(),
        refused: cluster.heard().refused.get(row.spec.id()).cloned(),
    }
}

/// Why a workload is spread as it is.
pub(crate) fn explained(row: &FederatedRow) -> api::FederatedWorkloadExplained {
    let decision = row.finding().map(|of| &**of);
    api::FederatedWorkloadExplained::of(row.spec.id().as_str(), row.spec.workload.replicas, decision)
}
