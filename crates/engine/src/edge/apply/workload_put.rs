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
    let count = world.workloads.get(idx).map_or(0, |row| row.replicas.len() as u32);
    // The queue goes by the priority, which may be another now.
    (0..count).for_each(|ordinal| world.queue(idx, ordinal, false));
    (wanted..count).rev().for_each(|ordinal| end(world, idx, ordinal));
    if let Some(row) = world.workloads.get_mut(idx) {
        row.spec = spec;
        row.replicas.resize_with(wanted as usize, || Replica::pending(at));
        row.replicas.iter_mut().for_each(|replica| replica.finding = Default::default());
    }
    for ordinal in 0..wanted {
        let phase = world.replica_mut(idx, ordinal).map(|replica| replica.phase);
        world.queue(idx, ordinal, phase == Some(ReplicaPhase::Pending));
    }
    world.changes.workload(&id);
}
