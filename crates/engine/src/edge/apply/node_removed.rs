//! A node is known no longer. It ran nothing.

use crate::edge::world::Edge;
use paceline_model::edge::NodeId;

pub(super) fn apply(world: &mut Edge, node: &NodeId) {
    if let Some(idx) = world.nodes.find(node) {
        world.nodes.remove(idx);
        world.astray.leaving.remove(&idx);
    }
    world.changes.node(node);
}
