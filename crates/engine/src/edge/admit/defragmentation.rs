//! Moves for their own sake are asked for, or no more of them are wanted. Whether each still holds is looked at when its turn comes.

use super::verdict::Verdict;
use crate::edge::defragment::Defragmentation;
use crate::edge::world::Edge;
use paceline_model::edge::{DefragmentationPhase, DefragmentationTrigger, Event, PlannedMove, Refusal};
use std::sync::Arc;

pub(super) fn start(world: &Edge, moves: Vec<PlannedMove>) -> Verdict {
    PlannedMove::validate(&moves).map_err(Refusal::Invalid)?;
    if let Some(runs) = running(world) {
        let (left, all) = (runs.waiting().count() as u32, runs.moves.len() as u32);
        return Err(Refusal::DefragmentationRuns { left, all });
    }
    for planned in &moves {
        world.replica(&planned.replica).ok_or_else(|| Refusal::unknown("placement", &planned.replica))?;
        for node in [&planned.from, &planned.to] {
            world.node(node).ok_or_else(|| Refusal::unknown("node", node))?;
        }
    }
    Ok(vec![Event::DefragmentationStarted(Arc::new(moves))])
}

/// Where none runs there is nothing to do.
pub(super) fn stop(world: &Edge) -> Verdict {
    let stopped = running(world).map(|_| Event::DefragmentationEnded(DefragmentationTrigger::Stop));
    Ok(stopped.into_iter().collect())
}

fn running(world: &Edge) -> Option<&Defragmentation> {
    world.defragmentation().filter(|known| known.phase == DefragmentationPhase::Running)
}
