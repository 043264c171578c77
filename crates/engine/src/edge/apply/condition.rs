//! Something of consequence is true of a node, or is true no longer.

use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{Condition, NodeId};

pub(super) fn apply(world: &mut Edge, at: Instant, node: &NodeId, condition: Condition, began: bool) {
    let Some(idx) = world.nodes.find(node) else { return };
    if let Some(row) = world.nodes.get_mut(idx) {
        match began {
            true => _ = row.conditions.insert(condition),
            false => _ = row.conditions.remove(&condition),
        }
        row.derived.eased_at = (!began).then_some(at).or(row.derived.eased_at);
    }
    if !began {
        world.made_room();
    }
    world.watch(idx);
    world.changes.node(node);
}
