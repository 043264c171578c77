//! A replica has lost its node and waits for another.

use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{ReplicaId, ReplicaPhase};

pub(super) fn apply(world: &mut Edge, at: Instant, id: &ReplicaId) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    let Some(replica) = world.replica_mut(workload, id.ordinal) else { return };
    let before = replica.bound.take();
    (replica.phase, replica.since, replica.decision) = (ReplicaPhase::Pending, at, None);
    (replica.finding, replica.preemption) = Default::default();
    replica.trail = None;
    if let Some(before) = before {
        world.reserve(workload, id.ordinal, &before, false);
    }
    world.queue(workload, id.ordinal, true);
    world.follow(workload, id.ordinal);
    world.changes.workload(&id.workload);
}
