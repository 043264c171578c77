//! The wire of federations: clusters, workloads that are spread over them and by which policy, why, and what happens.

mod change;
mod cluster;
mod explained;
mod policy;
mod problem;
mod workload;

pub use change::{FederationChange, FederationEvent};
pub use cluster::{ClusterDrain, ClusterState, ClusterView, NewCluster};
pub use explained::{ClusterRule, ClusterShare, ExcludedClusters, FederatedWorkloadExplained};
pub use policy::{AtLeastAtMost, Division, PropagationPolicy};
pub use workload::{FederatedWorkloadView, NewFederatedWorkload, ShareView};

use paceline_model::Invalid;

/// The same error, about another field.
fn at<T>(field: &str, value: Result<T, Invalid>) -> Result<T, Invalid> {
    value.map_err(|invalid| Invalid { field: field.into(), ..invalid })
}
