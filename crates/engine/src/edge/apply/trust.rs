//! A node has a key to prove itself by, or goes a step between trust and distrust.

use crate::edge::trust;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{NodeId, NodeIdx, NodeKey, TrustTrigger};
use std::sync::Arc;

pub(super) fn enrolled(world: &mut Edge, at: Instant, node: &NodeId, key: Arc<NodeKey>) {
    let Some(idx) = world.nodes.find(node) else { return };
    if let Some(row) = world.nodes.get_mut(idx) {
        // What another key proved says nothing of this one.
        row.derived.provable.renewed = None;
        row.trust.enrol(at, key);
    }
    follow(world, idx, node);
}

pub(super) fn stepped(world: &mut Edge, at: Instant, node: &NodeId, trigger: TrustTrigger, why: &str) {
    let Some(idx) = world.nodes.find(node) else { return };
    if let Some(row) = world.nodes.get_mut(idx) {
        row.trust.step(at, trigger, why);
    }
    follow(world, idx, node);
}

fn follow(world: &mut Edge, idx: NodeIdx, node: &NodeId) {
    if world.nodes.get(idx).is_some_and(|row| row.is_trusted()) {
        world.made_room();
    }
    world.watch(idx);
    world.changes.node(node);
    trust::await_proof(world, idx);
}
