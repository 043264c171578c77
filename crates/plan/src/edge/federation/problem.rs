//! What is to be decided, and what was: clusters and workloads by number, as the engine lays them out.

use super::room::{Need, Room};
use paceline_model::Version;
use paceline_model::federation::{ClusterRule, Division};
use std::sync::Arc;

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Clusters of one location have one number.
    pub location: usize,
    /// What is free there.
    pub room: Arc<Room>,
}

/// What a cluster may have of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// More than it has.
    Grow,
    /// What it has, or less.
    Stay(ClusterRule),
    /// What it has, and no less while so much is wanted: it cannot be told.
    Frozen(ClusterRule),
    /// Nothing.
    Leave(ClusterRule),
}

/// A cluster, as it stands to one workload.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Replicas that it was given.
    pub now: u32,
    /// Replicas that it still runs beside those, and is to end: their room is there.
    pub held: u32,
    /// What it may have.
    pub may: May,
    /// What it weighs, at least 1.
    pub weight: u32,
    /// Replicas that it can have by what was seen there; `None`: nobody has seen less than its summary says.
    pub most: Option<u32>,
    /// What one replica takes there.
    pub need: Need,
}

/// What a policy asks for, whatever the clusters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// How replicas are shared out.
    pub division: Division,
    /// Replicas in a cluster that has any, at least. 0 and 1 are the same.
    pub per_cluster_min: u32,
    /// At most.
    pub per_cluster_max: Option<u32>,
    /// Clusters that have any, as far as there are so many with room.
    pub clusters_min: u32,
    /// At most.
    pub clusters_max: Option<u32>,
    /// Locations that have any, as far as there are so many with room.
    pub locations_min: u32,
    /// At most.
    pub locations_max: Option<u32>,
    /// All of it in one cluster, or nothing more of it anywhere.
    pub gang: bool,
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its number, by which the plan names it.
    pub number: usize,
    /// Replicas, all together.
    pub wanted: u32,
    /// What its policy asks for.
    pub rules: Rules,
    /// What is there stays as far as it may; otherwise all is shared out anew.
    pub steady: bool,
    /// By cluster.
    pub places: Vec<Place>,
}

/// Which clusters get how much of which workloads.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The world that it was made from.
    pub version: Version,
    /// By number.
    pub clusters: Vec<Cluster>,
    /// The most important first: each takes its room before the next.
    pub workloads: Vec<Workload>,
}

/// How a workload is spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Which workload.
    pub number: usize,
    /// Replicas by cluster.
    pub replicas: Vec<u32>,
    /// Replicas that each could have, those that it has included.
    pub room: Vec<u32>,
    /// Replicas that go nowhere.
    pub unplaced: u32,
    /// Clusters that are lacking to the least.
    pub clusters_lacking: u32,
    /// Locations that are lacking.
    pub locations_lacking: u32,
}

/// What was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The world that it was made from.
    pub made_from: Version,
    /// Of the workloads that were come to, in their order.
    pub spreads: Vec<Spread>,
    /// The budget was over before the last workload.
    pub ran_short: bool,
}

impl Workload {
    /// Most replicas that a cluster may have where `fits` more have room.
    pub(super) fn room(&self, place: &Place, fits: u32) -> u32 {
        let most = match place.may {
            May::Leave(_) => 0,
            // Whatever its owner would rather have by now, nobody can tell it.
            May::Frozen(_) => return place.now,
            May::Stay(_) => place.now,
            May::Grow => {
                place.now.saturating_add(place.held).saturating_add(fits).min(place.most.unwrap_or(u32::MAX))
            }
        };
        most.min(self.rules.per_cluster_max.unwrap_or(u32::MAX))
    }

    /// Replicas in a cluster that has any, at least.
    pub(super) fn least(&self) -> u32 {
        self.rules.per_cluster_min.max(1)
    }
}
