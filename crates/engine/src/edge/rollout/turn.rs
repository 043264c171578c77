//! What becomes of rollouts in a turn: a timed pause that is over, a gate's answer, an end. One thing of each at a time, so that after a long
//! silence of ours one step follows and not all that would have been due, and its gate is asked first. A step that a person has to approve begins
//! paused.

use super::heard::change;
use super::ordering::{available, behind};
use super::state::{Member, Rollout};
use crate::edge::row::WorkloadRow;
use crate::edge::world::Edge;
use paceline_model::Millis;
use paceline_model::edge::{
    Event, NodeId, ReplicaState, RolloutChange, RolloutPhase, RolloutTrigger, WorkloadId,
};
use paceline_plan::edge::rollout::{Evidence, Slow, Verdict, judge};

/// What becomes of each of them now.
pub(in crate::edge) fn turned(world: &Edge) -> Vec<Event> {
    let mut events = Vec::new();
    for (workload, rollout) in &world.rollouts {
        let next = next(world, workload, rollout);
        let unapproved = next.as_ref().and_then(|next| unapproved(world, next));
        events.extend(next.into_iter().chain(unapproved).map(|next| change(workload, next)));
    }
    events
}

/// The pause that a change brings with it: of a step that begins, and waits for a person.
fn unapproved(world: &Edge, change: &RolloutChange) -> Option<RolloutChange> {
    let RolloutChange::Stepped(step, _) = change else { return None };
    let why = world.options.rollouts.approval.asked_before(*step)?;
    Some(RolloutChange::Turned(RolloutTrigger::Pause(None), why))
}

fn next(world: &Edge, workload: &WorkloadId, rollout: &Rollout) -> Option<RolloutChange> {
    let row = world.workload(workload)?;
    let turned = |trigger, why: String| Some(RolloutChange::Turned(trigger, why));
    match rollout.phase {
        RolloutPhase::Stepping => gate(world, row, rollout),
        RolloutPhase::Paused { until: Some(until), .. } if until <= world.now => {
            turned(RolloutTrigger::Resume, "its pause is over".into())
        }
        RolloutPhase::Promoting => promoted(world, row, rollout),
        RolloutPhase::RollingBack => {
            let open = unconfirmed(world, row, rollout);
            let over = rollout.elapsed(world.now) >= rollout.spec.gate.patience;
            let why = match open {
                0 => format!("all that can be reached run {} again", rollout.from),
                _ => format!("{open} nodes have not said that they run {} again", rollout.from),
            };
            (open == 0 || over).then(|| RolloutChange::Turned(RolloutTrigger::Restore, why))
        }
        RolloutPhase::Paused { .. } | RolloutPhase::Done | RolloutPhase::RolledBack => None,
    }
}

fn gate(world: &Edge, row: &WorkloadRow, rollout: &Rollout) -> Option<RolloutChange> {
    let last = rollout.step as usize + 1 >= rollout.steps.len();
    match judge(&rollout.spec.gate, &evidence(world, row, rollout)) {
        Verdict::Pass(why) if last => {
            let waiting = behind(world, row, rollout).count();
            let waiting = if waiting == 0 { String::new() } else { format!(", {waiting} waiting") };
            Some(RolloutChange::Turned(RolloutTrigger::Finish, format!("done{waiting}: {why}")))
        }
        Verdict::Pass(why) => Some(RolloutChange::Stepped(rollout.step + 1, why)),
        Verdict::RollBack(why) => Some(RolloutChange::Turned(RolloutTrigger::Fail, why)),
        Verdict::Hold(why) => {
            (!rollout.held).then(|| RolloutChange::Held(true, format!("patience is over: {why}")))
        }
        Verdict::Wait(why) => rollout.held.then(|| RolloutChange::Held(false, why)),
    }
}

/// What is known of the step that is under way, from its own nodes alone; a node that failed counts in whichever step.
pub(super) fn evidence(world: &Edge, row: &WorkloadRow, rollout: &Rollout) -> Evidence {
    let mut known = Evidence { elapsed: rollout.elapsed(world.now), ..Evidence::default() };
    let (mut errors, mut slow, mut p99) = (Some(0), Some(0), Some(Millis(0)));
    known.nodes = available(world, row, rollout).len() as u32;
    for (id, member) in &rollout.members {
        known.failed += u32::from(member.has_failed());
        if member.step != rollout.step
            || !(member.is_exposed() || member.has_failed())
            || !runs_there(row, id)
        {
            continue;
        }
        known.nodes += 1;
        let silent = world.node(id).is_none_or(|node| node.is_silent());
        known.lost += u32::from(silent && member.has_switched());
        known.running += u32::from(!silent && member.state == paceline_model::edge::MemberState::Running);
        for sum in member.tallies().map(|tally| tally.sum()).filter(|sum| sum.requests.is_some()) {
            known.requests = Some(known.requests.unwrap_or(0) + sum.requests.unwrap_or(0));
            errors = errors.zip(sum.errors).map(|(all, more)| all + more);
            slow = slow.zip(sum.slow).map(|(all, more)| all + more);
            p99 = p99.zip(member.p99()).map(|(most, one)| most.max(one));
        }
    }
    known.errors = errors.filter(|_| known.requests.is_some());
    known.slow = match (slow, p99) {
        _ if known.requests.is_none() => Slow::Unknown,
        (Some(slow), _) => Slow::Counted(slow),
        (None, Some(p99)) => Slow::Quoted(p99),
        (None, None) => Slow::Unknown,
    };
    known
}

fn runs_there(row: &WorkloadRow, node: &NodeId) -> bool {
    row.replicas.iter().any(|one| one.bound.as_ref().is_some_and(|bound| bound.node == *node))
}

/// A person's word goes before the gate's, and not before what nodes say: one that failed it sends it back.
fn promoted(world: &Edge, row: &WorkloadRow, rollout: &Rollout) -> Option<RolloutChange> {
    let failed = rollout.members.values().filter(|member| member.has_failed()).count() as u32;
    if failed > rollout.spec.gate.failures_max {
        let why = format!("{failed} nodes failed it");
        return Some(RolloutChange::Turned(RolloutTrigger::Fail, why));
    }
    let is_open = |(id, member): (&NodeId, &Member)| {
        let reached = world.node(id).is_some_and(|node| !node.is_silent()) && runs_there(row, id);
        reached && member.is_under_way()
    };
    let open = rollout.members.iter().any(is_open) || !available(world, row, rollout).is_empty();
    let waiting = behind(world, row, rollout).count();
    let why = format!("done, {waiting} waiting: promoted by a person");
    (!open).then(|| RolloutChange::Turned(RolloutTrigger::Finish, why))
}

/// Nodes that have not said since they were ordered back that they run the version before.
fn unconfirmed(world: &Edge, row: &WorkloadRow, rollout: &Rollout) -> usize {
    let is_open = |(id, member): &(&NodeId, &Member)| {
        let Some(node) = world.node(id).filter(|node| !node.is_silent()) else { return false };
        let was_reached = member.since > rollout.started_at && runs_there(row, id);
        let said = node.heard().replicas.as_ref().filter(|(at, _)| *at >= member.since);
        let runs = said.is_some_and(|(_, all)| {
            all.iter().any(|one| {
                one.replica.workload == row.spec.id
                    && one.state == ReplicaState::Running
                    && one.variant.version == rollout.from
            })
        });
        was_reached && !runs
    };
    rollout.members.iter().filter(is_open).count()
}
