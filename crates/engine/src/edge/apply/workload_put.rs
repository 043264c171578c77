//! A workload is wanted, or wanted otherwise: replicas that are new wait, those beyond the number end.

use super::workload_removed::end;
use crate::edge::row::{Replica, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{ReplicaPhase, WorkloadSpec};
use std::sync::Arc;

pub(super) fn apply(world: &mut Edge, at: Instant, spec: Arc<WorkloadSpec>) {
    let (id, wanted) = (spec.id.clone(), spec.replicas);
    let idx = match world.workloads.find(&id) {
        Some(idx) => idx,
        None => world.workloads.insert(WorkloadRow { spec: spec.clone(), put_at: at, replicas: Vec::new() }),
    };
    let live = world.workloads.get(idx).map_or(Vec::new(), WorkloadRow::live);
    // The queue goes by the priority, which may be another now.
    live.iter().for_each(|ordinal| world.queue(idx, *ordinal, false));
    live.iter().skip(wanted as usize).rev().for_each(|ordinal| end(world, idx, *ordinal));
    let mut nodes = Vec::new();
    if let Some(row) = world.workloads.get_mut(idx) {
        row.spec = spec;
        grow(row, wanted as usize, at);
        row.replicas.iter_mut().for_each(|replica| replica.finding = Default::default());
        nodes.extend(row.replicas.iter().filter_map(|replica| Some(replica.bound.as_ref()?.node.clone())));
    }
    let live = world.workloads.get(idx).map_or(Vec::new(), WorkloadRow::live);
    for ordinal in live {
        let phase = world.replica_mut(idx, ordinal).map(|replica| replica.phase);
        world.queue(idx, ordinal, phase == Some(ReplicaPhase::Pending));
    }
    // Whether what runs there is replaced in a silence may be another than before.
    let nodes: Vec<_> = nodes.iter().filter_map(|node| world.nodes.find(node)).collect();
    nodes.into_iter().for_each(|node| world.watch(node));
    world.changes.workload(&id);
}

/// Lets so many replicas live: those that ended before come first. What ended behind the last that lives is forgotten.
fn grow(row: &mut WorkloadRow, wanted: usize, at: Instant) {
    let missing = wanted.saturating_sub(row.live().len());
    let ended = row.replicas.iter_mut().filter(|replica| replica.phase == ReplicaPhase::Ended);
    ended.take(missing).for_each(|replica| *replica = Replica::pending(at));
    let missing = wanted.saturating_sub(row.live().len());
    row.replicas.extend(std::iter::repeat_with(|| Replica::pending(at)).take(missing));
    let last = row.live().last().map_or(0, |last| *last as usize + 1);
    row.replicas.truncate(last);
}
