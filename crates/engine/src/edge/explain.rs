//! Why a replica is where it is, or nowhere, as the world knows it.

use super::defragment::MoveRow;
use super::row::{Preemption, Replica};
use super::shed;
use super::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::{
    Bound, DefragmentationPhase, FreedGpus, MoveCause, MoveState, NodeId, NotPlaced, PlacementDecision,
    PlannedMove, ReplicaId, ReplicaPhase,
};
use std::sync::Arc;

/// What is known of why a replica stands as it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Which replica.
    pub replica: ReplicaId,
    /// Where it stands.
    pub phase: ReplicaPhase,
    /// Since when.
    pub since: Instant,
    /// Where it runs.
    pub bound: Option<Arc<Bound>>,
    /// Why there.
    pub decision: Option<Arc<PlacementDecision>>,
    /// Why it should leave that node.
    pub leaves: Option<MoveCause>,
    /// What the node's sensors say, where it is hot or heats up; why it is not trusted, where it leaves for that.
    pub figures: Option<String>,
    /// The node that it goes back to, and why it left there.
    pub home: Option<(NodeId, MoveCause)>,
    /// Why it has found no node, or none to move to.
    pub why_not: Option<Arc<NotPlaced>>,
    /// Its own priority.
    pub priority: i32,
    /// Who gave way to whom.
    pub preemption: Preemption,
    /// Its move in the last defragmentation, if it waits, or came to something that still holds.
    pub defragmentation: Option<MoveRow>,
}

impl Edge {
    /// Why a replica stands as it does; `None`: there is no such replica.
    pub fn explain(&self, id: &ReplicaId) -> Option<Explanation> {
        let row = self.workload(&id.workload)?;
        let replica: &Replica = self.replica(id)?;
        let node = replica.bound.as_ref().and_then(|bound| self.node(&bound.node));
        Some(Explanation {
            replica: id.clone(),
            phase: replica.phase,
            since: replica.since,
            bound: replica.bound.clone(),
            decision: replica.decision.clone(),
            leaves: node.and_then(|node| node.leaves(&row.spec)),
            figures: node.and_then(|node| {
                let distrust = node.distrust().filter(|_| node.is_expelled());
                distrust.or_else(|| shed::figures(node, &self.options, self.now))
            }),
            home: replica.trail().and_then(|trail| trail.home.clone()),
            why_not: replica.why_not().cloned(),
            priority: row.spec.priority,
            preemption: replica.preemption().clone(),
            defragmentation: self.own_move(id, replica).cloned(),
        })
    }

    fn own_move(&self, id: &ReplicaId, replica: &Replica) -> Option<&MoveRow> {
        let all = self.defragmentation()?;
        let row = all.of(id)?;
        let is_on = |node: &NodeId| replica.bound.as_ref().is_some_and(|bound| bound.node == *node);
        let holds = match row.state {
            MoveState::Waiting => all.phase == DefragmentationPhase::Running,
            MoveState::Made(_) => is_on(&row.planned.to) && row.at == Some(replica.since),
            MoveState::PassedOver(_) => is_on(&row.planned.from),
        };
        holds.then_some(row)
    }
}

impl Explanation {
    /// The same in words.
    pub fn in_words(&self) -> String {
        let mut words = self.standing();
        words.extend(self.defragmentation.as_ref().map(moved));
        if let Some(made) = &self.preemption.room {
            let all = |ids: &[ReplicaId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            words.push_str(" To make room for it");
            if !made.evicted.is_empty() {
                words.push_str(&format!(", {} lost its node", all(&made.evicted)));
            }
            if !made.moved.is_empty() {
                words.push_str(&format!(", {} moved to another node", all(&made.moved)));
            }
            words.push_str(&format!(": of lower priority than {}.", made.priority));
        }
        if let Some((at, made)) = &self.preemption.gave_way {
            let (to, priority, own) = (&made.replica, made.priority, self.priority);
            let how = if self.bound.is_none() { "lost its node to" } else { "made room for" };
            words
                .push_str(&format!(" It {how} {to} at {at}, whose priority is {priority} and its own {own}"));
            words.push_str(if self.bound.is_none() { ", and there was no other." } else { "." });
        }
        words
    }

    fn standing(&self) -> String {
        let id = &self.replica;
        match (&self.bound, &self.why_not) {
            (None, None) => format!("{id} waits for the next round."),
            (None, Some(why_not)) => format!("{id} has no node: {why_not}."),
            (Some(bound), why_not) => {
                let mut words = format!("{id} runs on {} as {}", bound.node, bound.variant);
                if !bound.devices.is_empty() {
                    let devices: Vec<&str> = bound.devices.iter().map(|uuid| uuid.as_str()).collect();
                    words.push_str(&format!(", on {}", devices.join(", ")));
                }
                words.extend(bound.slice.as_ref().map(|slice| format!(", {slice}")));
                if let Some(decision) = &self.decision {
                    words.push_str(&format!(
                        ": the best by {} of {} nodes",
                        decision.scored_by, decision.considered
                    ));
                }
                words.push('.');
                if let Some(cause) = self.leaves {
                    words.push_str(&format!(" It should leave: {}", cause_in_words(cause)));
                    if let Some(figures) = &self.figures {
                        words.push_str(&format!(" ({figures})"));
                    }
                    words.push('.');
                    if let Some(why_not) = why_not {
                        words.push_str(&format!(" It stays, since there is nowhere to go: {why_not}."));
                    }
                }
                if let Some((home, cause)) = &self.home {
                    let cause = cause_in_words(*cause);
                    words.push_str(&format!(
                        " It came from {home}, where {cause}, and goes back once that is over."
                    ));
                }
                words
            }
        }
    }
}

/// What defragmentation did with it, or is to do.
fn moved(MoveRow { planned, state, .. }: &MoveRow) -> String {
    let PlannedMove { from, to, .. } = planned;
    match state {
        MoveState::Waiting => format!(" Defragmentation is to move it to {to}."),
        MoveState::PassedOver(why) => {
            format!(" Defragmentation was to move it to {to} and left it here: {why}.")
        }
        MoveState::Made(FreedGpus { gpus, usable_milli, gain }) => format!(
            " Defragmentation moved it here from {from}: {gpus} GPUs more are wholly free, {usable_milli} \
             thousandths of a GPU usable again, {gain} points gained."
        ),
    }
}

fn cause_in_words(cause: MoveCause) -> &'static str {
    match cause {
        MoveCause::Hot => "the node is too hot",
        MoveCause::LowBattery => "the node's battery is below its reserve",
        MoveCause::Drained => "the node is being drained",
        MoveCause::Tainted => "the node has a taint that it does not tolerate",
        MoveCause::Untrusted => "the node is not trusted",
        MoveCause::Heating => "the node is too hot soon",
        MoveCause::Unreachable => "the node is silent, and its owner waits no longer",
        MoveCause::Returned => "the node that it came from is well again",
        MoveCause::Upgraded => "there is room for a better variant",
        MoveCause::MadeRoom => "more important work takes its place",
        MoveCause::Defragmented => "GPUs are worth more without it here",
        MoveCause::RolledOut => "its rollout has reached the node, or takes it back",
    }
}
