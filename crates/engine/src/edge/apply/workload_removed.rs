//! A workload is wanted no longer: its replicas end and give back what they take.

use crate::edge::world::Edge;
use paceline_model::edge::{WorkloadId, WorkloadIdx};

pub(super) fn apply(world: &mut Edge, id: &WorkloadId) {
    if let Some(idx) = world.workloads.find(id) {
        let count = world.workloads.get(idx).map_or(0, |row| row.replicas.len() as u32);
        (0..count).rev().for_each(|ordinal| end(world, idx, ordinal));
        world.workloads.remove(idx);
    }
    world.rollouts.remove(id);
    world.changes.workload(id);
}

/// Ends the last replica.
pub(super) fn end(world: &mut Edge, workload: WorkloadIdx, ordinal: u32) {
    world.queue(workload, ordinal, false);
    let bound = world.replica_mut(workload, ordinal).and_then(|replica| replica.bound.take());
    if let Some(bound) = bound {
        world.reserve(workload, ordinal, &bound, false);
    }
    if let Some(row) = world.workloads.get_mut(workload) {
        row.replicas.truncate(ordinal as usize);
    }
    world.follow(workload, ordinal);
}
