//! What has happened in a federation, each with lasting names: applied, written down and published alike.

use super::cluster::ClusterSpec;
use super::decision::SpreadDecision;
use super::id::ClusterId;
use super::workload::FederatedWorkload;
use crate::Instant;
use crate::edge::WorkloadId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A fact of a federation. A variant's place in this list is on disk: new ones follow at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A cluster is known, or is another than before.
    ClusterPut(Arc<ClusterSpec>),
    /// A cluster is known no longer.
    ClusterRemoved(ClusterId),
    /// Nothing new goes there.
    ClusterCordoned(ClusterId),
    /// What is there goes elsewhere.
    ClusterDrained {
        /// Which cluster.
        cluster: ClusterId,
        /// By an operator's word nothing runs there any more.
        gone: bool,
    },
    /// Work may go there again.
    ClusterUncordoned(ClusterId),
    /// It cannot be reached.
    ClusterLost {
        /// Which cluster.
        cluster: ClusterId,
        /// Since when it has said nothing.
        since: Instant,
    },
    /// It is heard again.
    ClusterBack(ClusterId),
    /// A workload is asked for, or another than before.
    WorkloadPut(Arc<FederatedWorkload>),
    /// A workload is to be shared out anew, as if none of it were anywhere.
    WorkloadRebalanced(WorkloadId),
    /// A workload is to end everywhere.
    WorkloadEnding(WorkloadId),
    /// It has ended everywhere.
    WorkloadEnded(WorkloadId),
    /// Each cluster is to have so many of its replicas; those that are not named none.
    WorkloadSpread {
        /// Which workload.
        workload: WorkloadId,
        /// Replicas by cluster, none of them 0.
        replicas: Vec<(ClusterId, u32)>,
        /// Why.
        decision: Arc<SpreadDecision>,
    },
    /// A cluster that was to have fewer replicas has no more than that.
    ShareSettled {
        /// Which workload.
        workload: WorkloadId,
        /// Which cluster.
        cluster: ClusterId,
    },
}

impl Event {
    /// The cluster that it is about, if it is about one.
    pub fn cluster(&self) -> Option<&ClusterId> {
        match self {
            Self::ClusterPut(spec) => Some(&spec.id),
            Self::ClusterRemoved(cluster)
            | Self::ClusterCordoned(cluster)
            | Self::ClusterDrained { cluster, .. }
            | Self::ClusterUncordoned(cluster)
            | Self::ClusterLost { cluster, .. }
            | Self::ClusterBack(cluster)
            | Self::ShareSettled { cluster, .. } => Some(cluster),
            Self::WorkloadPut(_)
            | Self::WorkloadRebalanced(_)
            | Self::WorkloadEnding(_)
            | Self::WorkloadEnded(_)
            | Self::WorkloadSpread { .. } => None,
        }
    }

    /// The workload that it is about, if it is about one.
    pub fn workload(&self) -> Option<&WorkloadId> {
        match self {
            Self::WorkloadPut(spec) => Some(spec.id()),
            Self::WorkloadRebalanced(workload)
            | Self::WorkloadEnding(workload)
            | Self::WorkloadEnded(workload)
            | Self::WorkloadSpread { workload, .. }
            | Self::ShareSettled { workload, .. } => Some(workload),
            Self::ClusterPut(_)
            | Self::ClusterRemoved(_)
            | Self::ClusterCordoned(_)
            | Self::ClusterDrained { .. }
            | Self::ClusterUncordoned(_)
            | Self::ClusterLost { .. }
            | Self::ClusterBack(_) => None,
        }
    }
}
