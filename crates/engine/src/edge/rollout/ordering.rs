//! Who is to run what: the next nodes of a step, as many as may be on their way at once, and the switch of each replica to what its node is to
//! run. A replica stays where it is; whatever the round places or moves runs the stable version first.

use super::fit::fitting;
use super::heard::change;
use super::state::{Member, Rollout};
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use crate::ledger::Draft;
use paceline_model::edge::{
    Bound, Event, MemberState, MoveCause, NodeId, ReplicaId, RolloutChange, RolloutPhase, WorkloadId,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Nodes that are reached now, and those whose order is taken back: silent before they had switched.
pub(in crate::edge) fn stepped(world: &Edge) -> Vec<Event> {
    let mut events = Vec::new();
    for (workload, rollout) in &world.rollouts {
        let Some(row) = world.workload(workload) else { continue };
        let state = |node: &NodeId, state| change(workload, RolloutChange::Member(node.clone(), state));
        for (id, member) in &rollout.members {
            let silent = world.node(id).is_none_or(NodeRow::is_silent);
            let goes_back = matches!(rollout.phase, RolloutPhase::RollingBack);
            if member.state == MemberState::Ordered && silent || goes_back && member.is_exposed() {
                events.push(state(id, MemberState::Waiting));
            }
        }
        let next: Vec<NodeId> = match rollout.phase {
            RolloutPhase::Stepping | RolloutPhase::Promoting => available(world, row, rollout),
            RolloutPhase::Done => {
                behind(world, row, rollout).filter(|id| is_ready(world, row, rollout, id)).collect()
            }
            RolloutPhase::Paused { .. } | RolloutPhase::RollingBack | RolloutPhase::RolledBack => continue,
        };
        let next = within_budget(row, rollout, next);
        events.extend(next.iter().map(|id| state(id, MemberState::Ordered)));
    }
    events
}

/// As many as may be on their way beside those that are: of nodes, and of replicas where the workload has a budget.
fn within_budget(row: &WorkloadRow, rollout: &Rollout, next: Vec<NodeId>) -> Vec<NodeId> {
    let replicas =
        |node: &NodeId| row.replicas.iter().filter(|one| is_on(one.bound.as_deref(), node)).count() as u32;
    let under_way = || rollout.members.iter().filter(|(_, member)| member.is_under_way());
    let mut nodes = rollout.spec.unavailable_max.saturating_sub(under_way().count() as u32);
    let taken: u32 = under_way().map(|(id, _)| replicas(id)).sum();
    let budget = row.spec.disruption_budget.map(|_| row.evictions_left());
    let mut left = budget.map_or(u32::MAX, |left| left.saturating_sub(taken));
    let takes = |id: &NodeId| {
        let count = replicas(id);
        let fits = nodes > 0 && count <= left;
        if fits {
            (nodes, left) = (nodes - 1, left - count);
        }
        fits
    };
    let mut takes = takes;
    next.into_iter().take_while(|id| takes(id)).collect()
}

fn is_on(bound: Option<&Bound>, node: &NodeId) -> bool {
    bound.is_some_and(|bound| bound.node == *node)
}

/// Nodes that the present step, or a promotion, still has to reach, in order. One that cannot be reached is passed by: another of its tier
/// takes its place.
pub(super) fn available(world: &Edge, row: &WorkloadRow, rollout: &Rollout) -> Vec<NodeId> {
    let all = rollout.phase == RolloutPhase::Promoting;
    let Some(step) = rollout.steps.get(rollout.step as usize) else { return Vec::new() };
    let mut order: Vec<(&NodeId, &Member)> = rollout.members.iter().collect();
    order.retain(|(_, member)| all || member.tier == step.tier);
    order.sort_by_key(|(_, member)| member.place);
    let reached = order.iter().filter(|(_, member)| member.state != MemberState::Waiting).count();
    let left = if all { order.len() } else { (step.upto as usize).saturating_sub(reached) };
    let waiting = order.into_iter().filter(|(_, member)| member.state == MemberState::Waiting);
    let ready = waiting.filter(|(id, _)| is_ready(world, row, rollout, id));
    ready.take(left).map(|(id, _)| id.clone()).collect()
}

/// Nodes that run another version than the one that is rolled out, whoever is part of the plan; not those that have failed it.
pub(super) fn behind<'a>(
    world: &'a Edge,
    row: &'a WorkloadRow,
    rollout: &'a Rollout,
) -> impl Iterator<Item = NodeId> + 'a {
    let bound = row.replicas.iter().filter_map(|one| one.bound.as_deref());
    let other = bound.filter(|bound| bound.variant.version != rollout.spec.to);
    let nodes: BTreeSet<&NodeId> = other.map(|bound| &bound.node).collect();
    let waits = |id: &&NodeId| rollout.members.get(*id).is_none_or(|one| one.state == MemberState::Waiting);
    nodes.into_iter().filter(waits).filter(|id| world.node(id).is_some()).cloned()
}

/// Whether a node can be reached, and has a variant of the version for each replica there.
fn is_ready(world: &Edge, row: &WorkloadRow, rollout: &Rollout, id: &NodeId) -> bool {
    let Some(node) = world.node(id).filter(|node| !node.is_silent()) else { return false };
    let mut own =
        row.replicas.iter().filter_map(|one| one.bound.as_deref()).filter(|bound| bound.node == *id);
    let fits = |bound: &Bound| {
        bound.variant.version == rollout.spec.to
            || fitting(world, node, row, bound, &rollout.spec.to)
                .any(|instead| node.holds_instead(&row.spec, bound, &instead))
    };
    own.next().is_some_and(fits) && own.all(fits)
}

/// Switches each replica to what its node is to run, each as those before it leave the node.
pub(in crate::edge) fn reconciled(world: &mut Edge, draft: &mut Draft<Edge>) {
    let rollouts: Vec<WorkloadId> = world.rollouts.keys().cloned().collect();
    for workload in rollouts {
        let ordinals = world.workload(&workload).map_or(0, |row| row.replicas.len() as u32);
        for ordinal in 0..ordinals {
            let switched = switched(world, ReplicaId { workload: workload.clone(), ordinal });
            draft.apply(world, switched);
        }
    }
}

fn switched(world: &Edge, id: ReplicaId) -> Option<Event> {
    let (row, rollout) = (world.workload(&id.workload)?, world.rollouts.get(&id.workload)?);
    let bound = row.replicas.get(id.ordinal as usize)?.bound.as_deref()?;
    let member = rollout.members.get(&bound.node);
    let wanted = match rollout.phase {
        RolloutPhase::RollingBack | RolloutPhase::RolledBack => &rollout.from,
        // Whoever has failed it is left as it is until that is decided.
        _ if member.is_some_and(Member::has_failed) => return None,
        _ if member.is_some_and(Member::is_exposed) => &rollout.spec.to,
        RolloutPhase::Done => return None,
        _ => &rollout.from,
    };
    let is_ours = bound.variant.version == rollout.spec.to || *wanted == rollout.spec.to;
    if bound.variant.version == *wanted || !is_ours {
        return None;
    }
    let node = world.node(&bound.node)?;
    let mut instead = fitting(world, node, row, bound, wanted);
    let bound = instead.find(|instead| node.holds_instead(&row.spec, bound, instead))?;
    Some(Event::ReplicaSwitched { replica: id, bound: Arc::new(bound), cause: MoveCause::RolledOut })
}
