//! How a workload is spread over clusters.

use super::at;
use crate::edge::WhenUnreachable;
use crate::mirror::mirror;
use paceline_model::edge::VersionReq;
use paceline_model::federation as model;
use paceline_model::federation::ClusterId;
use paceline_model::{Invalid, Rule, Tag};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

mirror! {
    /// How replicas are shared out among the clusters that may have them.
    Division beside paceline_model::federation::Division {
        /// In proportion to weights that are given.
        Weighted,
        /// In proportion to what each has room for.
        ByCapacity,
        /// Into as few clusters as have room.
        Aggregated,
    }
}

/// How many, at least and at most. *At least* gives way where there are no more with room; *at most* never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AtLeastAtMost {
    /// At least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub min: Option<u32>,
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max: Option<u32>,
}

/// How a workload is spread over clusters. All of it may be left out: then it is shared out evenly over all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PropagationPolicy {
    /// The clusters that may have some of it; all if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub clusters: BTreeSet<String>,
    /// The locations whose clusters may have some of it; all if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub locations: BTreeSet<String>,
    /// How replicas are shared out; by weights if left out.
    pub division: Option<Division>,
    /// Of clusters that weigh other than 1.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u32>,
    /// Replicas in a cluster that has any. At least so many is never broken.
    pub per_cluster: AtLeastAtMost,
    /// Clusters that have any.
    pub cluster_count: AtLeastAtMost,
    /// Locations that have any.
    pub location_count: AtLeastAtMost,
    /// What becomes of the part of a cluster that cannot be reached; it is left alone if left out.
    pub when_unreachable: WhenUnreachable,
    /// Clusters that run other versions than the workload asks for, as Cargo writes requirements.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
}

impl From<AtLeastAtMost> for model::Groups {
    fn from(of: AtLeastAtMost) -> Self {
        Self { least: of.min, most: of.max }
    }
}

impl From<model::Groups> for AtLeastAtMost {
    fn from(of: model::Groups) -> Self {
        Self { min: of.least, max: of.most }
    }
}

impl PropagationPolicy {
    /// The policy that is meant, not yet validated. Errors: names or versions that are none.
    pub(super) fn policy(&self) -> Result<model::PropagationPolicy, Invalid> {
        let cluster = |field: &str, name: &String| at(field, ClusterId::new(name));
        let version = |text: &String| {
            text.parse::<VersionReq>().map_err(|error| {
                let rule = Rule::Shape(format!("must be a requirement such as ^1.2, =1.4.0 or *: {error}"));
                Invalid::new("policy.versions", text, rule)
            })
        };
        let clusters = self.clusters.iter().map(|name| cluster("policy.clusters", name));
        let locations = self.locations.iter().map(|name| at("policy.locations", Tag::new(name)));
        let weights = self.weights.iter().map(|(name, of)| Ok((cluster("policy.weights", name)?, *of)));
        let versions =
            self.versions.iter().map(|(name, text)| Ok((cluster("policy.versions", name)?, version(text)?)));
        Ok(model::PropagationPolicy {
            clusters: clusters.collect::<Result<_, _>>()?,
            locations: locations.collect::<Result<_, _>>()?,
            division: self.division.map_or_else(model::Division::default, Into::into),
            weights: weights.collect::<Result<_, Invalid>>()?,
            per_cluster: self.per_cluster.into(),
            cluster_count: self.cluster_count.into(),
            location_count: self.location_count.into(),
            when_unreachable: self.when_unreachable.rule(),
            versions: versions.collect::<Result<_, Invalid>>()?,
        })
    }
}

impl From<&model::PropagationPolicy> for PropagationPolicy {
    fn from(of: &model::PropagationPolicy) -> Self {
        Self {
            clusters: of.clusters.iter().map(ToString::to_string).collect(),
            locations: of.locations.iter().map(ToString::to_string).collect(),
            division: Some(of.division.into()),
            weights: of.weights.iter().map(|(name, weight)| (name.to_string(), *weight)).collect(),
            per_cluster: of.per_cluster.into(),
            cluster_count: of.cluster_count.into(),
            location_count: of.location_count.into(),
            when_unreachable: of.when_unreachable.into(),
            versions: of.versions.iter().map(|(name, of)| (name.to_string(), of.to_string())).collect(),
        }
    }
}
