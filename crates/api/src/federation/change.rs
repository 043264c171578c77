//! The streamed change of a federation.

use super::cluster::NewCluster;
use super::workload::NewFederatedWorkload;
use crate::schema;
use paceline_model::Instant;
use paceline_model::federation as model;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A durable change of a federation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FederationChange {
    /// The world after it: dense, from 1; whoever has seen n asks for what follows n.
    pub version: u64,
    /// When it happened.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// What happened: an object with one field, whose name is the kind.
    pub event: FederationEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FederationEvent {
    /// A cluster is known, or is another than before.
    ClusterPut {
        /// Its name.
        cluster: String,
        /// What it is.
        spec: NewCluster,
    },
    /// A cluster is known no longer.
    ClusterRemoved {
        /// Its name.
        cluster: String,
    },
    /// Nothing new goes there.
    ClusterCordoned {
        /// Its name.
        cluster: String,
    },
    /// What is there goes elsewhere.
    ClusterDrained {
        /// Its name.
        cluster: String,
        /// By an operator's word nothing runs there any more.
        gone: bool,
    },
    /// Work may go there again.
    ClusterUncordoned {
        /// Its name.
        cluster: String,
    },
    /// It cannot be reached.
    ClusterLost {
        /// Its name.
        cluster: String,
        /// Since when it has said nothing.
        #[schema(value_type = schema::Time)]
        since: Instant,
    },
    /// It is heard again.
    ClusterBack {
        /// Its name.
        cluster: String,
    },
    /// A workload is asked for, or another than before.
    FederatedWorkloadPut {
        /// Its name.
        workload: String,
        /// What it is.
        spec: Box<NewFederatedWorkload>,
    },
    /// It is to be shared out anew.
    FederatedWorkloadRebalanced {
        /// Its name.
        workload: String,
    },
    /// It is to end everywhere.
    FederatedWorkloadEnding {
        /// Its name.
        workload: String,
    },
    /// It has ended everywhere.
    FederatedWorkloadEnded {
        /// Its name.
        workload: String,
    },
    /// Each cluster is to have so many of its replicas.
    FederatedWorkloadSpread {
        /// Its name.
        workload: String,
        /// Replicas by cluster; those that are not named have none.
        replicas: BTreeMap<String, u32>,
        /// Replicas that no cluster has room for.
        unplaced: u32,
    },
    /// A cluster that was to have fewer replicas has no more than that.
    ShareSettled {
        /// The workload's name.
        workload: String,
        /// Which cluster.
        cluster: String,
    },
    /// A command was answered under its key.
    Remembered {
        /// The key.
        key: String,
    },
}

impl From<&model::Event> for FederationEvent {
    fn from(of: &model::Event) -> Self {
        use model::Event as E;
        match of {
            E::ClusterPut(spec) => Self::ClusterPut { cluster: spec.id.to_string(), spec: (&**spec).into() },
            E::ClusterRemoved(cluster) => Self::ClusterRemoved { cluster: cluster.to_string() },
            E::ClusterCordoned(cluster) => Self::ClusterCordoned { cluster: cluster.to_string() },
            E::ClusterDrained { cluster, gone } => {
                Self::ClusterDrained { cluster: cluster.to_string(), gone: *gone }
            }
            E::ClusterUncordoned(cluster) => Self::ClusterUncordoned { cluster: cluster.to_string() },
            E::ClusterLost { cluster, since } => {
                Self::ClusterLost { cluster: cluster.to_string(), since: *since }
            }
            E::ClusterBack(cluster) => Self::ClusterBack { cluster: cluster.to_string() },
            E::WorkloadPut(spec) => Self::FederatedWorkloadPut {
                workload: spec.id().to_string(),
                spec: Box::new((&**spec).into()),
            },
            E::WorkloadRebalanced(of) => Self::FederatedWorkloadRebalanced { workload: of.to_string() },
            E::WorkloadEnding(of) => Self::FederatedWorkloadEnding { workload: of.to_string() },
            E::WorkloadEnded(of) => Self::FederatedWorkloadEnded { workload: of.to_string() },
            E::WorkloadSpread { workload, replicas, decision } => Self::FederatedWorkloadSpread {
                workload: workload.to_string(),
                replicas: replicas.iter().map(|(cluster, of)| (cluster.to_string(), *of)).collect(),
                unplaced: decision.unplaced,
            },
            E::ShareSettled { workload, cluster } => {
                Self::ShareSettled { workload: workload.to_string(), cluster: cluster.to_string() }
            }
        }
    }
}
