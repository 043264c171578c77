//! A replica has a node, or another than before.

use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{Bound, PlacementDecision, ReplicaId, ReplicaPhase};
use std::sync::Arc;

pub(super) fn apply(
    world: &mut Edge,
    at: Instant,
    id: &ReplicaId,
    bound: Arc<Bound>,
    decision: Arc<PlacementDecision>,
) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    world.queue(workload, id.ordinal, false);
    let Some(replica) = world.replica_mut(workload, id.ordinal) else { return };
    let before = replica.bound.replace(bound.clone());
    (replica.phase, replica.since) = (ReplicaPhase::Placed, at);
    replica.decision = Some(decision);
    replica.finding = Default::default();
    if let Some(before) = before {
        world.reserve(workload, id.ordinal, &before, false);
    }
    world.reserve(workload, id.ordinal, &bound, true);
    let spread = world.workloads.get(workload).is_some_and(|row| !row.spec.spread.is_empty());
    if spread {
        // The emptiest place may be fuller now, and others so near enough to it.
        world.made_room();
    }
    world.changes.workload(&id.workload);
}
