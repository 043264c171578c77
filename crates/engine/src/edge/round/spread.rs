//! How the replicas of a workload stand over the values of a label. Source: Kubernetes, "Pod Topology Spread Constraints": nodes that the
//! workload's labels rule out are no domain, and all others are, whether or not anything may go there now.

use super::rules;
use crate::edge::row::WorkloadRow;
use crate::edge::world::Edge;
use paceline_model::edge::{NodeIdx, TopologySpread, WorkloadIdx};
use paceline_plan::edge::placement::NodeRow as Row;
use paceline_plan::edge::round::{NO_DOMAIN, Spread};
use std::collections::BTreeMap;

/// The domains of all nodes, by row, and the replicas in each.
pub(in crate::edge) fn spread(world: &Edge, row: &WorkloadRow, of: &TopologySpread) -> Spread {
    let (mut names, mut domains) = (BTreeMap::new(), Vec::with_capacity(world.nodes.len()));
    for node in world.nodes.rows() {
        let value = node.spec.label(of.topology_key.as_str());
        let value = value.filter(|_| rules::matches(node, &row.spec));
        let next = names.len() as u32;
        let domain = value.map_or(NO_DOMAIN, |value| *names.entry(value).or_insert(next));
        domains.push(domain);
    }
    let mut counts = vec![0; names.len()];
    for bound in row.replicas.iter().filter_map(|replica| replica.bound.as_deref()) {
        let node = world.node(&bound.node).filter(|node| rules::matches(node, &row.spec));
        let domain = node.and_then(|node| names.get(node.spec.label(of.topology_key.as_str())?));
        if let Some(count) = domain.and_then(|domain| counts.get_mut(*domain as usize)) {
            *count += 1;
        }
    }
    Spread { max_skew: of.max_skew, domains, counts }
}

/// How replicas stand while a plan is adopted: worked out once for each workload whose replicas go, and counted on from there.
pub(super) struct Standing {
    /// Where the world has not moved since the plan was made, replicas stand as the solver knew, and nothing is looked at.
    moved_on: bool,
    /// All nodes by row, once a workload is to stay spread.
    rows: Vec<NodeIdx>,
    spreads: BTreeMap<WorkloadIdx, Vec<Spread>>,
    /// Who came to a node or left it in what may yet not come about.
    unsettled: Vec<(WorkloadIdx, NodeIdx, bool)>,
}

impl Standing {
    pub(super) fn new(moved_on: bool) -> Self {
        Self { moved_on, rows: Vec::new(), spreads: BTreeMap::new(), unsettled: Vec::new() }
    }

    /// Whether a replica may go to a node as replicas stand now.
    pub(super) fn admits(&mut self, world: &Edge, workload: WorkloadIdx, node: NodeIdx) -> bool {
        if !self.looks_at(world, workload) {
            return true;
        }
        let row = self.row(node);
        let mut all = self.spreads.get(&workload).into_iter().flatten();
        all.all(|spread| row.is_some_and(|row| spread.admits(row)))
    }

    /// Counts a replica that comes to a node, or leaves it, until [`Self::undo`].
    pub(super) fn goes(&mut self, world: &Edge, workload: WorkloadIdx, node: NodeIdx, comes: bool) {
        if self.looks_at(world, workload) {
            self.count(workload, node, comes);
            self.unsettled.push((workload, node, comes));
        }
    }

    /// All of it comes about.
    pub(super) fn settle(&mut self) {
        self.unsettled.clear();
    }

    /// Nothing since it was last settled comes about.
    pub(super) fn undo(&mut self) {
        while let Some((workload, node, comes)) = self.unsettled.pop() {
            self.count(workload, node, !comes);
        }
    }

    fn count(&mut self, workload: WorkloadIdx, node: NodeIdx, comes: bool) {
        let Some(row) = self.row(node) else { return };
        for spread in self.spreads.get_mut(&workload).into_iter().flatten() {
            spread.count(row, comes);
        }
    }

    fn row(&self, node: NodeIdx) -> Option<Row> {
        self.rows.binary_search(&node).ok().map(|row| Row(row as u32))
    }

    /// Whether it matters how a workload's replicas stand; then that is worked out.
    fn looks_at(&mut self, world: &Edge, workload: WorkloadIdx) -> bool {
        let row = world.workloads.get(workload).filter(|row| self.moved_on && !row.spec.spread.is_empty());
        let Some(row) = row else { return false };
        if self.rows.is_empty() {
            self.rows = world.nodes.iter().map(|(idx, _)| idx).collect();
        }
        let spreads = || row.spec.spread.iter().map(|of| spread(world, row, of)).collect();
        self.spreads.entry(workload).or_insert_with(spreads);
        true
    }
}
