//! Workloads that are spread over clusters.

use super::policy::PropagationPolicy;
use crate::edge::NewWorkload;
use crate::schema;
use paceline_model::edge::WorkloadId;
use paceline_model::federation as model;
use paceline_model::{Instant, Invalid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A workload that is spread over clusters, as its owner asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFederatedWorkload {
    /// What is asked for, all replicas together. Each cluster is asked for its part under the same name.
    pub workload: NewWorkload,
    /// How they are spread; evenly over all clusters if left out.
    #[serde(default)]
    pub policy: PropagationPolicy,
}

/// What a cluster has of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShareView {
    /// Which cluster.
    #[schema(value_type = schema::Id)]
    pub cluster: String,
    /// Replicas that it is to have.
    pub replicas: u32,
    /// Replicas that it may still run from before, and is to end.
    pub residue: u32,
    /// Replicas that are asked of it as it says; null: it cannot be reached.
    pub asked: Option<u32>,
    /// Replicas that have a node there as it says; null: it cannot be reached.
    pub placed: Option<u32>,
    /// How many of those run which version.
    pub versions: BTreeMap<String, u32>,
    /// Why it did not take it when it was told last.
    pub refused: Option<String>,
}

/// A federated workload as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FederatedWorkloadView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its owner asks for.
    pub spec: NewFederatedWorkload,
    /// When it was first asked for.
    #[schema(value_type = schema::Time)]
    pub put_at: Instant,
    /// It ends: clusters that were not heard since have still to end it.
    pub ending: bool,
    /// Replicas that no cluster was given.
    pub unplaced: u32,
    /// Replicas that have a node in a cluster that is heard.
    pub placed: u32,
    /// Clusters that have some of it, or may still have, by name.
    pub shares: Vec<ShareView>,
}

impl NewFederatedWorkload {
    /// The workload that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: WorkloadId) -> Result<model::FederatedWorkload, Invalid> {
        let workload = self
            .workload
            .spec(id)
            .map_err(|invalid| Invalid { field: format!("workload.{}", invalid.field), ..invalid })?;
        model::FederatedWorkload { workload, policy: self.policy.policy()? }.validate()
    }
}

impl From<&model::FederatedWorkload> for NewFederatedWorkload {
    fn from(of: &model::FederatedWorkload) -> Self {
        Self { workload: (&of.workload).into(), policy: (&of.policy).into() }
    }
}
