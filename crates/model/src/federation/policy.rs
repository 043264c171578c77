//! How a workload is spread over clusters. Source of the kinds: Karmada, "Propagation Policy" (replica division, spread constraints).

use super::id::ClusterId;
use crate::edge::WhenUnreachable;
use crate::edge::limits::REPLACE_AFTER;
use crate::limits::{CLUSTER_WEIGHT_MAX, CLUSTERS_MAX};
use crate::limits::{Invalid, REPLICAS_MAX, Rule, at_most, within};
use crate::{Millis, Tag};
use semver::VersionReq;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How replicas are shared out among the clusters that may have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Division {
    /// In proportion to weights that are given.
    #[default]
    Weighted,
    /// In proportion to what each has room for.
    ByCapacity,
    /// Into as few clusters as have room.
    Aggregated,
}

/// How many groups, such as clusters, at least and at most. *At least* gives way where there are no more groups with room; *at most* never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// At least.
    pub least: Option<u32>,
    /// At most.
    pub most: Option<u32>,
}

/// How a workload is spread over clusters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PropagationPolicy {
    /// The clusters that may have some of it; empty: all.
    pub clusters: BTreeSet<ClusterId>,
    /// The locations whose clusters may have some of it; empty: all.
    pub locations: BTreeSet<Tag>,
    /// How replicas are shared out.
    pub division: Division,
    /// Of clusters that weigh other than 1.
    pub weights: BTreeMap<ClusterId, u32>,
    /// Replicas in a cluster that has any.
    pub per_cluster: Groups,
    /// Clusters that have any.
    pub cluster_count: Groups,
    /// Locations that have any.
    pub location_count: Groups,
    /// What becomes of what a cluster has that cannot be reached.
    pub when_unreachable: WhenUnreachable,
    /// Clusters that run other versions than the workload asks for.
    pub versions: BTreeMap<ClusterId, VersionReq>,
}

impl Groups {
    fn check(self, field: &str, most: u32) -> Result<(), Invalid> {
        for (what, value) in [("min", self.least), ("max", self.most)] {
            if let Some(value) = value {
                within(&format!("{field}.{what}"), f64::from(value), (1.0, f64::from(most)))?;
            }
        }
        match (self.least, self.most) {
            (Some(least), Some(most)) if least > most => {
                let rule = Rule::Within { low: 1.0, high: f64::from(most) };
                Err(Invalid::new(format!("{field}.min"), least, rule))
            }
            _ => Ok(()),
        }
    }
}

impl PropagationPolicy {
    /// Errors: lists that are too long, weights of 0, a *least* over its *most*, a replacement of what must be single or of what goes together.
    pub fn validate(self, single: bool, gang: bool) -> Result<Self, Invalid> {
        at_most("policy.clusters", self.clusters.len(), CLUSTERS_MAX)?;
        at_most("policy.locations", self.locations.len(), CLUSTERS_MAX)?;
        at_most("policy.weights", self.weights.len(), CLUSTERS_MAX)?;
        at_most("policy.versions", self.versions.len(), CLUSTERS_MAX)?;
        for weight in self.weights.values() {
            within("policy.weights", f64::from(*weight), (1.0, f64::from(CLUSTER_WEIGHT_MAX)))?;
        }
        self.per_cluster.check("policy.per_cluster", REPLICAS_MAX)?;
        self.cluster_count.check("policy.cluster_count", CLUSTERS_MAX as u32)?;
        self.location_count.check("policy.location_count", CLUSTERS_MAX as u32)?;
        if let WhenUnreachable::ReplaceAfter(after) = self.when_unreachable {
            let (field, seconds) = ("policy.when_unreachable.replace_after_s", f64::from(after.0) / 1e3);
            within(field, seconds, (0.0, f64::from(REPLACE_AFTER.1.0) / 1e3))?;
            if single || gang {
                let other = if single { "single = true" } else { "gang = true" };
                return Err(Invalid::new(field, seconds, Rule::Without { other: other.into() }));
            }
        }
        Ok(self)
    }

    /// What a cluster weighs.
    pub fn weight(&self, cluster: &ClusterId) -> u32 {
        self.weights.get(cluster).copied().unwrap_or(1)
    }

    /// How long a cluster is silent before its part runs elsewhere; `None`: it never does by itself.
    pub fn replace_after(&self) -> Option<Millis> {
        match self.when_unreachable {
            WhenUnreachable::Leave => None,
            WhenUnreachable::ReplaceAfter(after) => Some(after),
        }
    }
}
