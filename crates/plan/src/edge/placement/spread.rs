//! Topology spread: replicas of one workload over zones, racks or nodes.

use super::cluster::Cluster;
use super::placer::Beside;
use super::rows::NodeRow;
use super::task::Task;

/// Replicas by domain, and how uneven they may be (`maxSkew` with `whenUnsatisfiable: DoNotSchedule` of Kubernetes): a node is admitted if its
/// domain would then hold at most `max_skew` replicas more than the emptiest eligible domain. A domain is eligible if it has a node in
/// service whose class the task is allowed on, with room or without.
#[derive(Clone, Debug)]
pub struct Spread {
    /// By node; `None` for a node without the label, which is never admitted.
    domains: Vec<Option<u32>>,
    /// By domain; `None` where it is not eligible.
    replicas: Vec<Option<u32>>,
    max_skew: u32,
}

impl Spread {
    /// For `task`, whose replicas run on `running`. `domains` by node row; a row beyond its end has none. `max_skew` is at least 1.
    pub fn new(
        cluster: &Cluster,
        task: &Task,
        domains: Vec<Option<u32>>,
        running: &[NodeRow],
        max_skew: u32,
    ) -> Self {
        let most = domains.iter().flatten().max().map_or(0, |most| *most as usize + 1);
        let mut spread = Self { domains, replicas: vec![None; most], max_skew: max_skew.max(1) };
        for node in cluster.rows().filter(|node| task.allows(cluster.profile(*node).class)) {
            if let Some(domain) = spread.domain(node) {
                spread.replicas[domain].get_or_insert(0);
            }
        }
        running.iter().for_each(|node| spread.add(*node));
        spread
    }
    /// Counts one more replica on `node`.
    pub fn add(&mut self, node: NodeRow) {
        if let Some(replicas) = self.domain(node).and_then(|domain| self.replicas[domain].as_mut()) {
            *replicas += 1;
        }
    }
    /// The difference between the fullest and the emptiest eligible domain.
    pub fn skew(&self) -> u32 {
        let eligible = || self.replicas.iter().flatten().copied();
        eligible().max().unwrap_or(0) - eligible().min().unwrap_or(0)
    }
    /// Which of `running` to stop when there are to be fewer: the last one in the fullest domain, so that the spread only gets more even.
    pub fn to_stop(&self, running: &[NodeRow]) -> Option<usize> {
        let fullness = |at: &usize| {
            self.domain(running[*at]).and_then(|domain| self.replicas[domain]).unwrap_or(u32::MAX)
        };
        (0..running.len()).max_by_key(fullness)
    }
    fn domain(&self, node: NodeRow) -> Option<usize> {
        self.domains.get(node.0 as usize).copied().flatten().map(|domain| domain as usize)
    }
}

impl Beside for Spread {
    fn admits(&self, node: NodeRow) -> bool {
        let emptiest = self.replicas.iter().flatten().min().copied().unwrap_or(0);
        let here = self.domain(node).and_then(|domain| self.replicas[domain]);
        here.is_some_and(|replicas| replicas < emptiest.saturating_add(self.max_skew))
    }
}
