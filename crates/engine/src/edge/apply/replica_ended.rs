//! A replica is no longer wanted while others of its workload are. Its ordinal stays free until the workload grows again.

use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{ReplicaId, ReplicaPhase};

pub(super) fn apply(world: &mut Edge, at: Instant, id: &ReplicaId) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    world.queue(workload, id.ordinal, false);
    let Some(replica) = world.replica_mut(workload, id.ordinal) else { return };
    let bound = replica.bound.take();
    (replica.phase, replica.since, replica.decision) = (ReplicaPhase::Ended, at, None);
    (replica.finding, replica.trail) = (Default::default(), None);
    if let Some(bound) = bound {
        world.reserve(workload, id.ordinal, &bound, false);
    }
    world.follow(workload, id.ordinal);
    world.changes.workload(&id.workload);
}
