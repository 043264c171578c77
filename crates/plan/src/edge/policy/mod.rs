//! What a round of placement prefers: scores by name with their weights, and which weights hold where and when.

mod name;
mod rules;
mod weights;

pub use name::ScoreName;
pub use rules::{ClusterWeights, PlacementPolicies, PlacementRule, policies_at, validate_rules};
pub use weights::ScoreWeights;
