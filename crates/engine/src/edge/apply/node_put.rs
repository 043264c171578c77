//! A node is known, or is another than before. Devices keep their states by their UUIDs.

use crate::edge::row::{DeviceRow, NodeRow};
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::NodeSpec;
use std::sync::Arc;

pub(super) fn apply(world: &mut Edge, at: Instant, spec: Arc<NodeSpec>) {
    let (id, required) = (spec.id.clone(), world.options.attestation.required);
    let idx = match world.nodes.find(&id) {
        Some(idx) => {
            if let Some(row) = world.nodes.get_mut(idx) {
                let device = |uuid| row.device(uuid).cloned();
                let devices = spec.devices.iter().map(|listed| {
                    device(&listed.uuid).unwrap_or_else(|| DeviceRow::new(listed.uuid.clone(), at))
                });
                row.devices = devices.collect();
                row.spec = spec;
            }
            idx
        }
        None => {
            let idx = world.nodes.insert(NodeRow::new(spec, at));
            world.timers.silence.set(idx, at + world.options.silent_after);
            if let Some(row) = world.nodes.get_mut(idx) {
                row.derived.heard.at = Some(at);
                row.derived.provable.required = required;
            }
            idx
        }
    };
    world.count_files(idx);
    world.made_room();
    world.watch(idx);
    world.changes.node(&id);
}
