//! Whose turn it is: the first moves that wait, as many as the period has left, and only in a round that has nothing else to do. What no
//! longer holds is passed over.

use crate::edge::row::{NodeRow, Replica, WorkloadRow};
use crate::edge::shed::Leaver;
use crate::edge::world::Edge;
use paceline_model::edge::{
    DefragmentationTrigger, Event, FreedGpus, MoveCause, MoveState, MoveTrigger, NodeIdx, PassedOver,
    PlannedMove, ReplicaId,
};
use paceline_plan::edge::round::Improved;

/// The moves whose turn has come.
pub(in crate::edge) fn due(world: &Edge) -> Vec<Leaver> {
    let Some(all) = &world.defragmentation else { return Vec::new() };
    all.waiting().take(left(world)).map_while(|planned| judged(world, planned).ok()).collect()
}

/// Those ahead of the next that are due which no longer hold.
pub(in crate::edge) fn settled(world: &Edge) -> Vec<Event> {
    let Some(all) = &world.defragmentation else { return Vec::new() };
    let (mut ahead, mut events) = (left(world), Vec::new());
    for planned in all.waiting() {
        if ahead == 0 {
            break;
        }
        match judged(world, planned) {
            Ok(_) => ahead -= 1,
            Err(why) => events.push(passed_over(&planned.replica, why)),
        }
    }
    if all.phase.after(DefragmentationTrigger::Finish).is_some() && events.len() == all.waiting().count() {
        events.push(Event::DefragmentationEnded(DefragmentationTrigger::Finish));
    }
    events
}

/// A move is not made.
pub(in crate::edge) fn passed_over(replica: &ReplicaId, why: PassedOver) -> Event {
    Event::DefragmentationStepped { replica: replica.clone(), trigger: MoveTrigger::PassOver(why) }
}

/// A move was made just now.
pub(in crate::edge) fn made(replica: &ReplicaId, improved: &Improved) -> Event {
    let Improved { gain, freed } = *improved;
    let freed = FreedGpus { gpus: freed.gpus, usable_milli: freed.usable_milli, gain };
    Event::DefragmentationStepped { replica: replica.clone(), trigger: MoveTrigger::Make(freed) }
}

/// Why a replica is not moved for its own sake.
pub(in crate::edge) fn left_alone(
    node: &NodeRow,
    row: &WorkloadRow,
    replica: &Replica,
) -> Option<PassedOver> {
    let returns = replica.trail.as_ref().is_some_and(|trail| trail.home.is_some());
    match () {
        () if node.is_silent() => Some(PassedOver::Silent),
        () if node.leaves(&row.spec).is_some() => Some(PassedOver::Leaving),
        () if row.spec.single || row.spec.gang || row.spec.slice.is_some() => Some(PassedOver::LeftAlone),
        () if returns => Some(PassedOver::Returning),
        () => None,
    }
}

/// Whether the move of a replica to a node still waits.
pub(in crate::edge) fn waits(world: &Edge, row: &WorkloadRow, (ordinal, to): (u32, Option<NodeIdx>)) -> bool {
    let mut waiting = world.defragmentation.iter().flat_map(|all| all.waiting());
    waiting.any(|planned| {
        let it = planned.replica.ordinal == ordinal && planned.replica.workload == row.spec.id;
        it && to.is_some() && world.nodes.find(&planned.to) == to
    })
}

/// Moves that the period has left. Counted from what was made, so that a restart counts alike.
fn left(world: &Edge) -> usize {
    let options = &world.options.defragmentation;
    let all = world.defragmentation.iter().flat_map(|all| &all.moves);
    let counts = all.filter(|row| {
        let lately = row.at.is_some_and(|at| world.now.since(at) < options.period);
        lately && matches!(row.state, MoveState::Made(_))
    });
    (options.moves_per_period as usize).saturating_sub(counts.count())
}

/// Who is to go where. Errors: why it does not.
fn judged(world: &Edge, planned: &PlannedMove) -> Result<Leaver, PassedOver> {
    let PlannedMove { replica: ReplicaId { workload, ordinal }, from, to, devices } = planned;
    let workload = world.workloads.find(workload).ok_or(PassedOver::Gone)?;
    let (row, replica) = world.replica_at(workload, *ordinal).ok_or(PassedOver::Gone)?;
    let bound = replica.bound.as_ref().ok_or(PassedOver::Gone)?;
    if bound.node != *from {
        return Err(PassedOver::Elsewhere);
    }
    let here = world.nodes.find(from).ok_or(PassedOver::Elsewhere)?;
    let node = world.nodes.get(here).ok_or(PassedOver::Elsewhere)?;
    if let Some(why) = left_alone(node, row, replica) {
        return Err(why);
    }
    let there = world.nodes.find(to).ok_or(PassedOver::TargetGone)?;
    let target = world.nodes.get(there).ok_or(PassedOver::TargetGone)?;
    if devices.iter().any(|device| target.device(device).is_none()) {
        return Err(PassedOver::TargetGone);
    }
    let (ordinal, cause) = (*ordinal, MoveCause::Defragmented);
    Ok(Leaver { workload, ordinal, from: here, cause, only: Some(there) })
}
