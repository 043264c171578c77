//! How many moves there may still be in the present span. Counted from what each replica's trail says, so that a restart counts alike.

use crate::edge::world::Edge;
use paceline_model::edge::NodeId;
use std::collections::BTreeMap;

/// What is left of the span's moves.
pub(super) struct Rates<'a> {
    region: u32,
    of_node: u32,
    used: BTreeMap<&'a NodeId, u32>,
}

impl<'a> Rates<'a> {
    pub(super) fn of(world: &'a Edge) -> Self {
        let options = &world.options.shed;
        let mut rates =
            Self { region: options.region_moves_max, of_node: options.node_moves_max, used: BTreeMap::new() };
        for (workload, ordinal) in &world.astray.trailing {
            let replica = world.replica_at(*workload, *ordinal);
            let Some((replica, trail)) = replica.and_then(|(_, one)| Some((one, one.trail.as_ref()?))) else {
                continue;
            };
            if world.now.since(replica.since) < options.period {
                rates.region = rates.region.saturating_sub(1);
                *rates.used.entry(&trail.last.0).or_default() += 1;
            }
        }
        rates
    }

    /// Takes one move of a node's, if there is one left; with `at_once` only the region's count.
    pub(super) fn take(&mut self, node: &'a NodeId, at_once: bool) -> bool {
        let used = self.used.entry(node).or_default();
        if self.region == 0 || !at_once && *used >= self.of_node {
            return false;
        }
        *used += 1;
        self.region -= 1;
        true
    }
}
