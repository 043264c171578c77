//! Clusters.

use super::at;
use crate::schema;
use paceline_model::federation as model;
use paceline_model::{Instant, Invalid, RegionId, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A cluster as its operator describes it: an edge region, and where it is asked. The key that it is asked with is a file beside the federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCluster {
    /// Where its server is asked, such as `https://north.example`.
    pub url: String,
    /// Which of that server's regions it is; the only one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Where it lies, for spreading work over several places; a place of its own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// How a cluster is drained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterDrain {
    /// By an operator's word nothing runs there any more, so that what must never run twice may start elsewhere. Only of one that cannot be reached.
    #[serde(default)]
    pub gone: bool,
}

/// Whether a cluster is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClusterState {
    /// It has not been heard yet since the federation began.
    Unheard,
    /// It answers.
    Reachable,
    /// It does not.
    Unreachable,
    /// It does not, and by an operator's word nothing runs there any more.
    Gone,
}

/// A cluster as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterView {
    /// Lasting name.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// What its operator says it is.
    pub spec: NewCluster,
    /// Whether it is heard.
    pub state: ClusterState,
    /// Since when it has said nothing, if it cannot be reached.
    #[schema(value_type = Option<schema::Time>)]
    pub unreachable_since: Option<Instant>,
    /// Nothing new goes there.
    pub cordoned: bool,
    /// What is there goes elsewhere.
    pub draining: bool,
    /// When it last answered.
    #[schema(value_type = Option<schema::Time>)]
    pub heard_at: Option<Instant>,
    /// Why it did not answer when it was asked last.
    pub error: Option<String>,
    /// Nodes that it knows.
    pub nodes: u32,
    /// Nodes that it can place new work on.
    pub ready: u32,
    /// Free on those, in thousandths of a core.
    pub free_cpu_milli: u64,
    /// Free on those.
    pub free_memory_mib: u64,
    /// Free of their GPUs, in thousandths.
    pub free_milli_gpu: u64,
    /// Federated workloads of which it is to have some.
    pub workloads: u32,
    /// Replicas of them that it is to have.
    pub replicas: u32,
}

impl NewCluster {
    /// The cluster that is meant. Errors: a value breaks a rule.
    pub fn spec(&self, id: model::ClusterId) -> Result<model::ClusterSpec, Invalid> {
        let region = self.region.as_deref().map(RegionId::new).transpose();
        let location = self.location.as_deref().map(Tag::new).transpose();
        let (region, location) = (at("region", region)?, at("location", location)?);
        model::ClusterSpec { id, url: self.url.clone(), region, location }.validate()
    }
}

impl From<&model::ClusterSpec> for NewCluster {
    fn from(of: &model::ClusterSpec) -> Self {
        Self {
            url: of.url.clone(),
            region: of.region.as_ref().map(ToString::to_string),
            location: of.location.as_ref().map(ToString::to_string),
        }
    }
}
