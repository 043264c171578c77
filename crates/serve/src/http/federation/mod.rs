//! Federations over HTTP: clusters, and workloads that are spread over them.

mod clusters;
mod workloads;

pub(super) use clusters::{
    cordon_cluster, drain_cluster, list_clusters, put_cluster, read_cluster, remove_cluster, uncordon_cluster,
};
pub(super) use workloads::{
    explain_workload, list_workloads, put_workload, read_workload, rebalance_workload, remove_workload,
};
