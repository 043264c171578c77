//! A replica has a node, or another than before.

use crate::edge::row::Trail;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{Bound, MoveCause, NodeId, PlacementDecision, ReplicaId, ReplicaPhase};
use std::sync::Arc;

pub(super) fn apply(
    world: &mut Edge,
    at: Instant,
    id: &ReplicaId,
    bound: Arc<Bound>,
    (decision, cause): (Arc<PlacementDecision>, Option<MoveCause>),
) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    world.queue(workload, id.ordinal, false);
    let Some(replica) = world.replica_mut(workload, id.ordinal) else { return };
    let before = replica.bound.replace(bound.clone());
    (replica.phase, replica.since) = (ReplicaPhase::Placed, at);
    replica.decision = Some(decision);
    (replica.finding, replica.preemption) = Default::default();
    replica.trail = cause
        .zip(before.as_ref())
        .and_then(|(cause, before)| trail(replica.trail.take(), cause, &before.node, &bound.node));
    if let Some(before) = before {
        world.reserve(workload, id.ordinal, &before, false);
    }
    world.reserve(workload, id.ordinal, &bound, true);
    let spec = world.workloads.get(workload).map(|row| &row.spec);
    if spec.is_some_and(|spec| !spec.spread.is_empty() || spec.disruption_budget.is_some()) {
        // The emptiest place may be fuller now, and others so near enough to it; or one more may be evicted.
        world.made_room();
    }
    world.follow(workload, id.ordinal);
    world.changes.workload(&id.workload);
}

/// Where a replica came from, once it has moved. It goes back to where it first left for a node's health, whatever moved it since, until it
/// is there.
fn trail(before: Option<Trail>, cause: MoveCause, from: &NodeId, to: &NodeId) -> Option<Trail> {
    let home = before.and_then(|trail| trail.home);
    let home = home.or_else(|| cause.passes().then(|| (from.clone(), cause)));
    let home = home.filter(|(home, _)| home != to);
    let counts_for = if cause.restores() { to } else { from };
    let counts = cause.passes() || counts_for == to;
    (home.is_some() || counts).then(|| Trail { home, last: (counts_for.clone(), cause) })
}
