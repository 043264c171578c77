//! Nothing new is placed on a node, or something may be again.

use crate::edge::world::Edge;
use paceline_model::edge::NodeId;

pub(super) fn apply(world: &mut Edge, node: &NodeId, cordoned: bool, draining: bool) {
    let Some(idx) = world.nodes.find(node) else { return };
    if let Some(row) = world.nodes.get_mut(idx) {
        (row.cordoned, row.draining) = (cordoned, draining);
    }
    if !cordoned {
        world.made_room();
    }
    world.watch(idx);
    world.changes.node(node);
}
