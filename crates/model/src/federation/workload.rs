//! A workload that is spread over clusters: what each gets is a workload of the same name, with its part of the replicas.

use super::id::ClusterId;
use super::policy::PropagationPolicy;
use crate::edge::{WorkloadId, WorkloadSpec};
use crate::limits::Invalid;
use serde::{Deserialize, Serialize};

/// A workload of a federation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FederatedWorkload {
    /// What is asked for, all replicas together.
    pub workload: WorkloadSpec,
    /// How they are spread.
    pub policy: PropagationPolicy,
}

impl FederatedWorkload {
    /// Lasting name.
    pub fn id(&self) -> &WorkloadId {
        &self.workload.id
    }

    /// Errors: of the workload or of its policy.
    pub fn validate(self) -> Result<Self, Invalid> {
        let workload = self.workload.validate()?;
        let policy = self.policy.validate(workload.single, workload.gang)?;
        Ok(Self { workload, policy })
    }

    /// What a cluster is asked for as its part of so many replicas.
    pub fn part(&self, cluster: &ClusterId, replicas: u32) -> WorkloadSpec {
        let version = self.policy.versions.get(cluster).unwrap_or(&self.workload.version).clone();
        WorkloadSpec { version, replicas, ..self.workload.clone() }
    }
}
