//! What replicas are placed by.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How an edge region is run at present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementPolicyView {
    /// The weights that hold now, the usual ones first: `own 1, power 10`, or `own 1/night` where the rule `night` set them. Those behind
    /// the first hold on the nodes of their clusters.
    #[schema(min_items = 1)]
    pub now: Vec<String>,
    /// All options of the region, as in the section `[regions.NAME.edge]` of the server's configuration.
    #[schema(value_type = Object)]
    pub options: Value,
    /// What the shadow's weights would have done since they were set; null without any, and before their first round.
    pub shadow: Option<PlacementShadowView>,
}

/// What a shadow's weights would have done since they were set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementShadowView {
    /// The weights.
    pub weights: String,
    /// Rounds compared.
    pub rounds: u64,
    /// All of them together.
    pub total: PlacementDifference,
    /// The last one.
    pub last: PlacementDifference,
}

/// A live plan and its shadow's side by side; over several rounds, the sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementDifference {
    /// Replicas that both put on the same node, as the same variant.
    pub same: u64,
    /// Replicas that they put elsewhere, or run as another variant.
    pub other_node: u64,
    /// Replicas that only the live weights find a node for.
    pub live_only: u64,
    /// Replicas that only the shadow would.
    pub shadow_only: u64,
    /// What the live plans count on.
    pub live: PlacementPredicted,
    /// What the shadow's do.
    pub shadow: PlacementPredicted,
}

/// What plans count on, all replicas together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacementPredicted {
    /// Replicas that are given a node.
    pub replicas: u64,
    /// Of these, those that run as another variant than the one wanted most.
    pub downgraded: u64,
    /// What nodes draw more for it.
    pub watts: u64,
}
