//! Why a workload is spread as it is, in figures that outlive the moment.

use super::id::ClusterId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a cluster gets nothing, or nothing more, of a workload. A variant's place in this list is on disk: new ones follow at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClusterRule {
    /// Its policy names other clusters or locations.
    NotChosen,
    /// It has not been heard since the federation began.
    Unheard,
    /// It cannot be reached.
    Unreachable,
    /// An operator has said that it is gone.
    Gone,
    /// An operator lets nothing new in.
    Cordoned,
    /// An operator lets its work move away.
    Draining,
    /// It has no variant of the model that fits what is asked for.
    NoVariant,
    /// It has a workload of that name that is not the federation's.
    NameTaken,
    /// It has no room, or not for as many as it must have at least.
    Full,
    /// Replicas that it was given have found no node there.
    FoundFull,
    /// It has refused it.
    Refused,
    /// Others were enough.
    NotNeeded,
}

impl fmt::Display for ClusterRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotChosen => "not among the clusters and locations of its policy",
            Self::Unheard => "not heard yet",
            Self::Unreachable => "cannot be reached",
            Self::Gone => "gone by an operator's word",
            Self::Cordoned => "cordoned",
            Self::Draining => "drained",
            Self::NoVariant => "no variant of the model there that fits",
            Self::NameTaken => "has a workload of that name of its own",
            Self::Full => "no room",
            Self::FoundFull => "replicas found no node there",
            Self::Refused => "refused it",
            Self::NotNeeded => "not needed",
        })
    }
}

/// What a cluster could have had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterShare {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Replicas that it was given before.
    pub before: u32,
    /// Replicas that it is given.
    pub replicas: u32,
    /// Replicas that it could have, those before included, by its summary and its policy.
    pub room: u32,
    /// Why it gets nothing, or nothing more.
    pub rule: Option<ClusterRule>,
}

/// Clusters that get nothing for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedClusters {
    /// Which reason.
    pub rule: ClusterRule,
    /// How many clusters.
    pub count: u32,
    /// The first of them, by name.
    pub first: Vec<ClusterId>,
}

/// Why a workload is spread so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadDecision {
    /// Replicas that no cluster has room for.
    pub unplaced: u32,
    /// Clusters that are lacking to the least that its policy wants.
    pub clusters_lacking: u32,
    /// Locations that are lacking.
    pub locations_lacking: u32,
    /// Of each cluster that has some or had, by name.
    pub shares: Vec<ClusterShare>,
    /// Of all others.
    pub excluded: Vec<ExcludedClusters>,
}
