//! A device goes one step of its lifecycle. A loss is remembered for a day.

use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::limits::LOSSES_WITHIN;
use paceline_model::edge::{DeviceState, DeviceTrigger, DeviceUuid, NodeId};
use paceline_model::limits::DEVICE_LOSSES_MAX;

pub(super) fn apply(
    world: &mut Edge,
    at: Instant,
    node: &NodeId,
    device: &DeviceUuid,
    trigger: DeviceTrigger,
) {
    let Some(idx) = world.nodes.find(node) else { return };
    let Some(row) = world.nodes.get_mut(idx) else { return };
    row.derived.proved.remove(device);
    let Some(known) = row.device_mut(device) else { return };
    let Some(next) = known.state.after(trigger) else { return };
    (known.state, known.since) = (next, at);
    match trigger {
        DeviceTrigger::Vanish => {
            known.losses.retain(|lost| at.since(*lost) <= LOSSES_WITHIN);
            known.losses.push(at);
            let most = known.losses.len().saturating_sub(DEVICE_LOSSES_MAX);
            known.losses.drain(..most);
        }
        DeviceTrigger::Admit => known.losses.clear(),
        DeviceTrigger::Return | DeviceTrigger::Prove | DeviceTrigger::Bar => {}
    }
    if next == DeviceState::Serving {
        world.made_room();
    }
    world.changes.node(node);
}
