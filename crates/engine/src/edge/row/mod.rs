//! Rows of an edge world: nodes, workloads and their replicas.

mod files;
mod node;
mod workload;

pub use files::{Files, StoredFile};
pub(super) use node::NodeDerived;
pub use node::{DeviceRow, Heard, NodeRow, Used};
pub(super) use workload::Finding;
pub use workload::{Preemption, Replica, Trail, WorkloadRow};
