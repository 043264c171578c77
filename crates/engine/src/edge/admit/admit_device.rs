//! An operator lets a device in that was lost too often. It is on trial when it is next listed.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{DeviceTrigger, DeviceUuid, Event, NodeId, Refusal};

pub(super) fn admit(world: &Edge, node: NodeId, device: DeviceUuid) -> Verdict {
    let row = world.node(&node).ok_or_else(|| Refusal::unknown("node", &node))?;
    let known = row.device(&device).ok_or_else(|| Refusal::unknown("device", &device))?;
    match known.state.after(DeviceTrigger::Admit) {
        Some(_) => Ok(vec![Event::DeviceChanged { node, device, trigger: DeviceTrigger::Admit }]),
        None => Err(Refusal::DeviceNotBarred { device, state: known.state }),
    }
}
