//! How the replicas of a workload stand over the values of a label. Source: Kubernetes, "Pod Topology Spread Constraints": nodes that the
//! workload's labels rule out are no domain, and all others are, whether or not anything may go there now.

use super::rules;
use crate::edge::row::WorkloadRow;
use crate::edge::world::Edge;
use paceline_model::edge::{NodeIdx, TopologySpread};
use paceline_plan::edge::placement::NodeRow as Row;
use paceline_plan::edge::round::{NO_DOMAIN, Spread};
use std::collections::BTreeMap;

/// The domains of all nodes, by row, and the replicas in each.
pub(in crate::edge) fn spread(world: &Edge, row: &WorkloadRow, of: &TopologySpread) -> Spread {
    let (mut names, mut domains) = (BTreeMap::new(), Vec::with_capacity(world.nodes.len()));
    let mut rows: BTreeMap<NodeIdx, u32> = BTreeMap::new();
    for (idx, node) in world.nodes.iter() {
        let value = node.spec.label(of.topology_key.as_str());
        let value = value.filter(|_| rules::matches(node, &row.spec));
        let next = names.len() as u32;
        let domain = value.map_or(NO_DOMAIN, |value| *names.entry(value).or_insert(next));
        domains.push(domain);
        rows.insert(idx, domain);
    }
    let mut counts = vec![0; names.len()];
    for bound in row.replicas.iter().filter_map(|replica| replica.bound.as_deref()) {
        let domain = world.nodes.find(&bound.node).and_then(|idx| rows.get(&idx));
        if let Some(count) = domain.and_then(|domain| counts.get_mut(*domain as usize)) {
            *count += 1;
        }
    }
    Spread { max_skew: of.max_skew, domains, counts }
}

/// How replicas of one workload have gone since.
#[derive(Clone, Debug, Default)]
pub(super) struct Since {
    pub(super) left: Vec<NodeIdx>,
    pub(super) came: Vec<NodeIdx>,
}

/// Whether a replica may go to a node as replicas stand now, once these have left and come.
pub(super) fn admits(world: &Edge, row: &WorkloadRow, node: NodeIdx, since: &Since) -> bool {
    let place = |idx: NodeIdx| world.nodes.iter().position(|(known, _)| known == idx);
    row.spec.spread.iter().all(|of| {
        let mut spread = spread(world, row, of);
        since.left.iter().copied().filter_map(place).for_each(|row| spread.count(Row(row as u32), false));
        since.came.iter().copied().filter_map(place).for_each(|row| spread.count(Row(row as u32), true));
        place(node).is_some_and(|row| spread.admits(Row(row as u32)))
    })
}
