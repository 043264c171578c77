//! What a round is asked: nodes, what runs on them, and what wants a place.

use crate::edge::placement::{
    Amounts, Cluster, Devices, Expected, File, Node, NodeRow, Placement, PolicyRow, Profile, Readings, Task,
};
use crate::edge::policy::PlacementPolicies;
use paceline_model::Version;
use std::sync::Arc;

/// A node that is in no domain of a topology: spread replicas do not go there.
pub const NO_DOMAIN: u32 = u32::MAX;

/// A round.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// The world that it was made from.
    pub version: Version,
    /// What nodes have; the row of a node is its place here.
    pub nodes: Arc<Vec<Node>>,
    /// What is taken on each by what is not listed in `running`, by row; empty: nothing.
    pub taken: Arc<Vec<Amounts>>,
    /// Files on the disks of nodes for what is not listed in `running`, where room for them is counted.
    pub stored: Vec<Stored>,
    /// What runs on them and may be touched, or is asked about.
    pub running: Vec<Running>,
    /// What wants a place, in the order in which it is served.
    pub demands: Vec<Demand>,
    /// How replicas of workloads stand over the values of a label.
    pub spreads: Vec<Spread>,
    /// Workloads of which something runs that may give way.
    pub groups: Vec<Group>,
    /// At most so many replicas give way.
    pub victims_max: u32,
    /// Whether some gave way a moment ago, so that fewer may now.
    pub victims_spent: bool,
    /// What nodes are scored by.
    pub policies: Arc<PlacementPolicies>,
    /// What they would be scored by under a shadow beside it, which decides nothing.
    pub shadow: Option<Arc<PlacementPolicies>>,
    /// What scores need to know. What none of them asks about is left out.
    pub known: Known,
    /// Where nodes stand, by row; empty where no demand asks for a neighbour.
    pub places: Vec<Place>,
}

impl Problem {
    /// The nodes with all that is taken on them.
    pub fn cluster(&self) -> Cluster {
        let mut cluster = self.laid_out();
        for running in &self.running {
            // What no longer fits, since its node has shrunk under it, takes no room from others: the commit looks again.
            _ = cluster.take(&running.task, &running.placement);
        }
        cluster
    }

    /// The nodes without what is listed in `running`.
    pub(super) fn laid_out(&self) -> Cluster {
        let mut cluster = Cluster::new();
        for (row, node) in (0..).map(NodeRow).zip(self.nodes.iter()) {
            let (policy, readings) = self.known.of(row);
            let taken = self.taken.get(row.0 as usize).copied().unwrap_or_default();
            cluster.lay(Profile { policy, readings, ..node.into() }, taken);
        }
        for Stored { node, file, replicas } in &self.stored {
            cluster.keep(*node, *file, *replicas);
        }
        cluster
    }
}

/// A file on a node's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whose.
    pub node: NodeRow,
    /// Which.
    pub file: File,
    /// How many need it there, at least one.
    pub replicas: u32,
}

/// What scores go by beside what nodes have and tasks ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Which of the policies holds on each node; empty: the usual one on all.
    pub policy: Vec<PolicyRow>,
    /// What each node reports of itself; empty: nothing is known of any.
    pub readings: Vec<Readings>,
    /// What is asked for in this region, and how often.
    pub expected: Expected,
    /// Watts of a GPU, idle and with any load, by its model's row.
    pub watts: Vec<(u32, u32)>,
}

impl Known {
    /// Of one node.
    pub fn of(&self, NodeRow(row): NodeRow) -> (PolicyRow, Readings) {
        let at = row as usize;
        (self.policy.get(at).copied().unwrap_or_default(), self.readings.get(at).copied().unwrap_or_default())
    }
}

/// Something that runs.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// What it takes; its verdicts say where it may move.
    pub task: Task,
    /// Where.
    pub placement: Placement,
    /// Only who is of higher priority may evict it.
    pub priority: i32,
    /// How long it has run, in milliseconds: of equals, who has run shortest gives way.
    pub ran: u64,
    /// Where in [`Problem::groups`] its workload stands.
    pub group: Option<usize>,
    /// It is left alone: it is asked about itself, or nobody has judged where it may move.
    pub held: bool,
}

/// A workload of which something runs that may give way.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Where in [`Problem::spreads`] it stands.
    pub spreads: Vec<usize>,
    /// Evictions that its disruption budget leaves.
    pub evictions_left: u32,
    /// All of it is evicted, or none.
    pub gang: bool,
}

/// A replica that wants a place.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// What it asks for, by the variants that it may run as, the wanted one first; at least one.
    pub options: Vec<Task>,
    /// Where in [`Problem::spreads`] its workload stands.
    pub spreads: Vec<usize>,
    /// The node that it is to leave.
    pub from: Option<NodeRow>,
    /// The only node that it goes to.
    pub only: Option<NodeRow>,
    /// It goes to a node near the one that it leaves rather than to a better one far away: best to one of these, ascending.
    pub near: Option<Vec<NodeRow>>,
    /// Neighbours in the list with the same number go all or not at all.
    pub gang: Option<u32>,
    /// Whatever is of lower priority gives way to it.
    pub priority: i32,
    /// Whom it does not touch, by their place in [`Problem::running`], ascending: who evicted it.
    pub spares: Vec<usize>,
    /// It is well where it is, and goes to its only node only if that is still better.
    pub improves: Option<Improvement>,
}

/// A move for its own sake, planned before and looked at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Improvement {
    /// What it holds until then.
    pub from: Placement,
    /// The devices that it goes to.
    pub devices: Devices,
    /// Points that it gains at least.
    pub gain_min: i32,
}

/// Where a node stands, from the narrowest to the widest: what it shares with neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub [Option<u32>; 4]);

impl Place {
    /// How many of the narrower parts differ until one is shared; 0 is the nearest.
    pub fn distance(&self, other: &Self) -> u32 {
        let shared = self.0.iter().zip(&other.0).position(|(a, b)| a.is_some() && a == b);
        shared.unwrap_or(self.0.len()) as u32
    }
}

/// How evenly the replicas of one workload stand over the values of one label.
#[derive(Clone, Debug)]
pub struct Spread {
    /// Largest difference between the fullest and the emptiest domain.
    pub max_skew: u32,
    /// Each node's domain, or [`NO_DOMAIN`].
    pub domains: Vec<u32>,
    /// Replicas in each domain.
    pub counts: Vec<u32>,
}

impl Spread {
    /// The domain of a node.
    pub fn domain(&self, node: NodeRow) -> Option<usize> {
        let domain = self.domains.get(node.0 as usize).copied().filter(|domain| *domain != NO_DOMAIN)?;
        Some(domain as usize)
    }

    /// How many replicas the emptiest domain has.
    pub fn emptiest(&self) -> u32 {
        self.counts.iter().min().copied().unwrap_or(0)
    }

    /// Whether one more replica may go to a node's domain. Source: Kubernetes, `maxSkew` with `DoNotSchedule`.
    pub fn admits(&self, node: NodeRow) -> bool {
        self.admits_with(node, &self.counts, self.emptiest())
    }

    /// The same where there are so many replicas in each domain, and so many in the emptiest.
    pub(super) fn admits_with(&self, node: NodeRow, counts: &[u32], emptiest: u32) -> bool {
        self.domain(node).is_some_and(|domain| counts[domain] + 1 - emptiest <= self.max_skew)
    }

    /// Counts a replica on a node, or no longer.
    pub fn count(&mut self, node: NodeRow, comes: bool) {
        if let Some(domain) = self.domain(node) {
            let count = &mut self.counts[domain];
            *count = if comes { *count + 1 } else { count.saturating_sub(1) };
        }
    }
}
