//! Moves for their own sake begin, each is made or passed over, and they end.

use crate::edge::defragment::Defragmentation;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{DefragmentationTrigger, MoveTrigger, PlannedMove, ReplicaId};

pub(super) fn start(world: &mut Edge, at: Instant, moves: &[PlannedMove]) {
    world.defragmentation = Some(Defragmentation::new(at, moves));
}

pub(super) fn step(world: &mut Edge, at: Instant, replica: &ReplicaId, trigger: MoveTrigger) {
    if let Some(defragmentation) = &mut world.defragmentation {
        defragmentation.step(at, replica, trigger);
    }
}

pub(super) fn end(world: &mut Edge, at: Instant, trigger: DefragmentationTrigger) {
    if let Some(defragmentation) = &mut world.defragmentation {
        defragmentation.end(at, trigger);
    }
}
