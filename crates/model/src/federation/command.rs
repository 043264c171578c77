//! What may be asked of a federation, and how it may be refused.

use super::cluster::ClusterSpec;
use super::id::ClusterId;
use super::workload::FederatedWorkload;
use crate::Invalid;
use crate::edge::WorkloadId;
use serde::{Deserialize, Serialize};

/// Something asked of a federation: it may be refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a cluster, or changes what a known one is.
    PutCluster(ClusterSpec),
    /// Takes a cluster out that has nothing of the federation's.
    RemoveCluster(ClusterId),
    /// Nothing new goes to a cluster.
    CordonCluster(ClusterId),
    /// What a cluster has goes elsewhere; `true`: by an operator's word it is gone, and nothing runs there any more.
    DrainCluster(ClusterId, bool),
    /// Work may go there again.
    UncordonCluster(ClusterId),
    /// Asks for a workload, or changes a known one.
    PutWorkload(Box<FederatedWorkload>),
    /// Ends a workload everywhere.
    RemoveWorkload(WorkloadId),
    /// Shares a workload's replicas out anew, as if none were anywhere.
    Rebalance(WorkloadId),
}

/// Why a command was refused. All of these happen in a healthy system; the code names a page under `docs/errors/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A value broke a rule.
    #[error("E0101 {0}")]
    Invalid(Invalid),
    /// Nothing of that name is known.
    #[error("E0201 no {kind} is called {id}")]
    Unknown {
        /// What was looked for.
        kind: String,
        /// Its name.
        id: String,
    },
    /// The key was used for something else.
    #[error("E0301 this idempotency key was used for a different request")]
    KeyReused,
    /// It has work of the federation's.
    #[error("E0501 cluster {cluster} has work of the federation's: {workloads}; drain it first")]
    InUse {
        /// Which cluster.
        cluster: ClusterId,
        /// The first of these workloads.
        workloads: String,
    },
    /// It ends at present, and some of its clusters have not been heard since.
    #[error("E0512 workload {workload} ends: {clusters} have still to end it")]
    Ending {
        /// Which workload.
        workload: WorkloadId,
        /// Which clusters.
        clusters: String,
    },
}

impl Refusal {
    /// Nothing of that name is known.
    pub fn unknown(kind: &str, id: impl ToString) -> Self {
        Self::Unknown { kind: kind.into(), id: id.to_string() }
    }
}
