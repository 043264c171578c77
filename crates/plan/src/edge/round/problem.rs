//! What a round is asked: nodes, what runs on them, and what wants a place.

use crate::edge::placement::{Node, NodeRow, Placement, Task};
use paceline_model::Version;

/// A node that is in no domain of a topology: spread replicas do not go there.
pub const NO_DOMAIN: u32 = u32::MAX;

/// A round.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// The world that it was made from.
    pub version: Version,
    /// What nodes have; the row of a node is its place here.
    pub nodes: Vec<Node>,
    /// What runs on them.
    pub running: Vec<Running>,
    /// What wants a place, in the order in which it is served.
    pub demands: Vec<Demand>,
    /// How replicas of workloads stand over the values of a label.
    pub spreads: Vec<Spread>,
}

/// Something that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// What it takes.
    pub task: Task,
    /// Where.
    pub placement: Placement,
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
    /// Neighbours in the list with the same number go all or not at all.
    pub gang: Option<u32>,
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

    /// Whether one more replica may go to a node's domain while the emptiest has so many. Source: Kubernetes, `maxSkew` with
    /// `DoNotSchedule`.
    pub fn admits(&self, node: NodeRow, emptiest: u32) -> bool {
        self.domain(node).is_some_and(|domain| self.counts[domain] + 1 - emptiest <= self.max_skew)
    }

    /// Counts a replica on a node, or no longer.
    pub fn count(&mut self, node: NodeRow, comes: bool) {
        if let Some(domain) = self.domain(node) {
            let count = &mut self.counts[domain];
            *count = if comes { *count + 1 } else { count.saturating_sub(1) };
        }
    }
}
