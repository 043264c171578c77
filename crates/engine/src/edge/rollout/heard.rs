//! What nodes say of a version that is rolled out: done is running and probed, never ordered or fetched. A node that went back by itself has
//! failed it; one that says nothing has said nothing.

use super::state::{Member, Rollout};
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::Millis;
use paceline_model::edge::{
    Counters, Event, MemberState, NodeId, ReplicaCounters, ReplicaReport, ReplicaState, RolloutChange,
    RolloutPhase, Served, WorkloadId,
};
use std::sync::Arc;

/// What has been heard of all rollouts that was not known.
pub(in crate::edge) fn heard(world: &Edge) -> Vec<Event> {
    let mut events = Vec::new();
    for (workload, rollout) in &world.rollouts {
        if rollout.phase == RolloutPhase::RolledBack {
            continue;
        }
        let Some(row) = world.workload(workload) else { continue };
        let mut counted = Vec::new();
        for (id, member) in rollout.members.iter().filter(|(_, member)| member.is_exposed()) {
            let Some(node) = world.node(id) else { continue };
            let Some((at, reports)) = &node.heard().replicas else { continue };
            // What was said before the order says nothing of it.
            if *at < member.since {
                continue;
            }
            let own: Vec<&ReplicaReport> =
                reports.iter().filter(|one| one.replica.workload == *workload).collect();
            if let Some(state) = state(rollout, member, row, node, &own) {
                events.push(change(workload, RolloutChange::Member(id.clone(), state)));
            }
            if member.step == rollout.step && !rollout.phase.has_ended() {
                counted.extend(counters(rollout, member, &own).map(|of| (NodeId::clone(id), of)));
            }
        }
        if !counted.is_empty() {
            events.push(change(workload, RolloutChange::Counted(counted)));
        }
    }
    events
}

pub(super) fn change(workload: &WorkloadId, change: RolloutChange) -> Event {
    Event::RolloutChanged(workload.clone(), Arc::new(change))
}

/// Where a node stands by what it says, if that is elsewhere.
fn state(
    rollout: &Rollout,
    member: &Member,
    row: &WorkloadRow,
    node: &NodeRow,
    own: &[&ReplicaReport],
) -> Option<MemberState> {
    let of_it = || own.iter().filter(|one| rollout.is_of(&one.variant, one.artefact));
    if let Some(failed) = of_it().find(|one| one.state == ReplicaState::Failed) {
        let error = failed.error.clone().unwrap_or_else(|| "it does not say why".into());
        return Some(MemberState::Failed { tries: failed.tries, error });
    }
    let loaded = |one: &&&ReplicaReport| matches!(one.state, ReplicaState::Loading | ReplicaState::Running);
    if let Some(wrong) = of_it().filter(loaded).find(|one| one.probe.is_some_and(|probe| !probe.right)) {
        return Some(MemberState::Failed {
            tries: wrong.tries,
            error: "it answers its probe wrongly".into(),
        });
    }
    let runs_other = own
        .iter()
        .any(|one| one.state == ReplicaState::Running && !rollout.is_of(&one.variant, one.artefact));
    if member.has_switched() && runs_other && of_it().next().is_none() {
        return Some(MemberState::Failed { tries: 1, error: "it runs another version again".into() });
    }
    let runs = |ordinal: u32| {
        of_it().any(|one| {
            one.replica.ordinal == ordinal
                && one.state == ReplicaState::Running
                && one.probe.is_some_and(|probe| probe.right)
        })
    };
    let mut bound = (0..)
        .zip(&row.replicas)
        .filter(|(_, one)| one.bound.as_ref().is_some_and(|bound| bound.node == node.spec.id));
    let state = match () {
        () if of_it().next().is_some() && bound.all(|(ordinal, _)| runs(ordinal)) => MemberState::Running,
        () if of_it().any(|one| loaded(&one)) => MemberState::Switched,
        () => return None,
    };
    (state != member.state).then_some(state)
}

/// What the replicas of a node have counted that was not known.
fn counters<'a>(
    rollout: &'a Rollout,
    member: &'a Member,
    own: &'a [&ReplicaReport],
) -> impl Iterator<Item = ReplicaCounters> + 'a {
    let runs = own
        .iter()
        .filter(|one| one.state == ReplicaState::Running && rollout.is_of(&one.variant, one.artefact));
    let read = runs.filter_map(|one| {
        let served = one.served.as_ref()?;
        let slow = rollout.spec.gate.p99_max.and_then(|most| slow(served, most));
        let counters = Counters { requests: served.requests, errors: served.errors, slow };
        Some(ReplicaCounters { ordinal: one.replica.ordinal, counters, p99: served.p99 })
    });
    read.filter(|of| !member.knows(of))
}

/// Requests over a bound: all that were not answered within the largest time up to it that is counted.
fn slow(served: &Served, most: Millis) -> Option<u64> {
    let (_, within) = served.within.iter().rfind(|(time, _)| *time <= most)?;
    served.requests?.checked_sub(*within)
}
