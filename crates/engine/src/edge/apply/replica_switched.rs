//! A replica runs as another variant where it is.

use crate::edge::row::Trail;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{Bound, MoveCause, PlacementDecision, ReplicaId};
use std::sync::Arc;

pub(super) fn apply(world: &mut Edge, at: Instant, id: &ReplicaId, bound: Arc<Bound>, cause: MoveCause) {
    let Some(workload) = world.workloads.find(&id.workload) else { return };
    let wanted = world.workloads.get(workload).map(|row| row.spec.precision);
    let Some(replica) = world.replica_mut(workload, id.ordinal) else { return };
    let before = replica.bound.replace(bound.clone());
    let downgraded = wanted != Some(bound.variant.precision);
    let decision = |decision: &Arc<PlacementDecision>| {
        Arc::new(PlacementDecision { downgraded, ..PlacementDecision::clone(decision) })
    };
    replica.decision = replica.decision.as_ref().map(decision);
    replica.since = at;
    replica.finding = Default::default();
    let trail = replica.trail.take();
    replica.trail = match cause {
        // A rollout moves nothing away from where it is not well, and counts against nothing that does.
        MoveCause::RolledOut => trail,
        _ => Some(Trail { home: trail.and_then(|trail| trail.home), last: (bound.node.clone(), cause) }),
    };
    if let Some(before) = before {
        world.reserve(workload, id.ordinal, &before, false);
    }
    world.reserve(workload, id.ordinal, &bound, true);
    world.follow(workload, id.ordinal);
    world.changes.workload(&id.workload);
}
