//! Less important work has given way. Both sides remember it until they have another place, and how many gave way when is counted.

use crate::edge::row::Replica;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::limits::PREEMPTIONS_PER;
use paceline_model::edge::{ReplicaId, RoomMade};
use paceline_model::limits::PREEMPTIONS_MAX;
use std::sync::Arc;

pub(super) fn apply(world: &mut Edge, at: Instant, made: Arc<RoomMade>) {
    for victim in made.victims() {
        with(world, victim, |replica| replica.preemption.gave_way = Some((at, made.clone())));
        world.gave_way_at.push_back(at);
    }
    with(world, &made.replica, |replica| replica.preemption.room = Some(made.clone()));
    let outdated = |oldest: &Instant| at.since(*oldest) > PREEMPTIONS_PER.1;
    while world.gave_way_at.len() > PREEMPTIONS_MAX as usize
        || world.gave_way_at.front().is_some_and(outdated)
    {
        world.gave_way_at.pop_front();
    }
}

fn with(world: &mut Edge, id: &ReplicaId, change: impl FnOnce(&mut Replica)) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    if let Some(replica) = world.replica_mut(workload, id.ordinal) {
        change(replica);
    }
    world.changes.workload(&id.workload);
}
