//! The nouns of a federation: clusters, which are edge regions served somewhere, the capacity that each sums up of its nodes, workloads that are
//! spread over several of them, and the policy by which. Names follow Karmada and Kubernetes where they have the thing.

pub mod cluster;
pub mod command;
pub mod decision;
pub mod event;
pub mod id;
pub mod policy;
pub mod summary;
pub mod workload;

pub use cluster::ClusterSpec;
pub use command::{Command, Refusal};
pub use decision::{ClusterRule, ClusterShare, ExcludedClusters, SpreadDecision};
pub use event::Event;
pub use id::ClusterId;
pub use policy::{Division, Groups, PropagationPolicy};
pub use summary::{
    CapacitySummary, FreeDevices, ModelSummary, NodeClass, VariantSummary, WorkloadSummary, classes,
};
pub use workload::FederatedWorkload;
