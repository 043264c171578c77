//! A node is registered, or says what it is now. A device that it no longer lists is lost, and not forgotten: only the node's removal
//! takes devices away.

use super::verdict::Verdict;
use crate::edge::observe::lose;
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{DeviceState, DeviceUuid, Event, NodeSpec, Refusal};
use paceline_model::limits::{Invalid, NODE_DEVICES_MAX, Rule};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn admit(world: &Edge, at: Instant, spec: NodeSpec) -> Verdict {
    let mut spec = spec.validate().map_err(Refusal::Invalid)?;
    let Some(known) = world.node(&spec.id) else { return Ok(vec![Event::NodePut(Arc::new(spec))]) };
    let missing = missing(known, &spec);
    for uuid in &missing {
        spec.devices.extend(known.spec.devices.iter().find(|device| device.uuid == *uuid).cloned());
    }
    if spec.devices.len() > NODE_DEVICES_MAX {
        let rule =
            Rule::Size { least: 0, most: NODE_DEVICES_MAX, unit: "devices, lost ones included".into() };
        return Err(Refusal::Invalid(Invalid::new("devices", spec.devices.len(), rule)));
    }
    spec.devices.sort_by(|a, b| a.uuid.cmp(&b.uuid));
    holds_what_runs(world, known, &spec)?;
    let id = spec.id.clone();
    let serving = |uuid: &&DeviceUuid| {
        let state = known.device(uuid).map(|device| device.state);
        matches!(state, Some(DeviceState::Serving | DeviceState::Trial))
    };
    let lost = missing.iter().filter(serving).flat_map(|uuid| lose(world, at, &id, uuid));
    // What ran on several of them is evicted once.
    let mut evicted = BTreeSet::new();
    let is_first = |event: &Event| match event {
        Event::ReplicaEvicted { replica, .. } => evicted.insert(replica.clone()),
        _ => true,
    };
    let lost: Vec<Event> = lost.filter(is_first).collect();
    Ok(std::iter::once(Event::NodePut(Arc::new(spec))).chain(lost).collect())
}

/// Devices that are known and not listed.
fn missing(known: &NodeRow, spec: &NodeSpec) -> Vec<DeviceUuid> {
    let listed = |uuid: &DeviceUuid| spec.devices.iter().any(|device| device.uuid == *uuid);
    known.devices.iter().map(|device| device.uuid.clone()).filter(|uuid| !listed(uuid)).collect()
}

/// Whether what runs on a device that is cut still has its slice, and what runs on one that is shared still may.
fn cuts_what_runs(world: &Edge, known: &NodeRow, spec: &NodeSpec) -> bool {
    let bounds = known.derived.runs.iter().filter_map(|(workload, ordinal)| {
        world.replica_at(*workload, *ordinal).and_then(|(_, replica)| replica.bound.as_deref())
    });
    bounds.into_iter().all(|bound| {
        let mut devices = spec.devices.iter().filter(|device| bound.devices.contains(&device.uuid));
        devices.all(|device| match &bound.slice {
            Some(slice) => device.slices.iter().any(|profile| profile.cuts(slice, bound.device_memory)),
            None => device.slices.is_empty(),
        })
    })
}

/// Errors: less than what runs there takes.
fn holds_what_runs(world: &Edge, known: &NodeRow, spec: &NodeSpec) -> Result<(), Refusal> {
    let (used, has) = (known.used(), &spec.allocatable);
    let memory = |uuid: &DeviceUuid| {
        let device = spec.devices.iter().find(|device| device.uuid == *uuid);
        device.map_or(0, |device| device.memory.0)
    };
    let fits = used.cpu <= has.cpu.0
        && used.memory <= has.memory.0
        && used.pcie <= has.pcie.0
        && cuts_what_runs(world, known, spec)
        && has.storage.is_none_or(|all| world.files(known).mib() <= all.0)
        && used.devices.iter().all(|(uuid, (_, taken))| *taken <= memory(uuid));
    if fits {
        return Ok(());
    }
    Err(Refusal::InUse {
        kind: "node".into(),
        id: spec.id.to_string(),
        count: known.running() as u32,
        by: "replicas, which take more than it would have".into(),
        cure: "drain it first".into(),
    })
}
