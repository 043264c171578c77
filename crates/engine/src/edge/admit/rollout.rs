//! A rollout is asked for, or steered. What may be done in which phase is the table of [`RolloutPhase::after`]; what changes nothing is taken.

use super::verdict::Verdict;
use crate::edge::rollout;
use crate::edge::world::Edge;
use paceline_model::Instant;
use paceline_model::Millis;
use paceline_model::duration::within as span_within;
use paceline_model::edge::{
    Event, Refusal, RolloutChange, RolloutOrder, RolloutPhase, RolloutSpec, RolloutTrigger, WorkloadId,
};
use std::sync::Arc;

/// How long a timed pause lasts, at least and at most.
const PAUSE: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(30 * 86_400));

pub(super) fn start(world: &Edge, spec: RolloutSpec) -> Verdict {
    let workload = spec.workload.clone();
    let plan = rollout::plan(world, spec)?;
    let began = |plan| Event::RolloutChanged(workload, Arc::new(RolloutChange::Began(Box::new(plan))));
    Ok(plan.map(began).into_iter().collect())
}

pub(super) fn steer(world: &Edge, at: Instant, workload: WorkloadId, order: RolloutOrder) -> Verdict {
    world.workload(&workload).ok_or_else(|| Refusal::unknown("workload", &workload))?;
    let Some(known) = world.rollouts.get(&workload) else {
        return Err(refused(workload, order, "there is none"));
    };
    let trigger = match order {
        RolloutOrder::Pause(span) => {
            span.map_or(Ok(()), |span| span_within("pause_s", span, PAUSE).map(drop))
                .map_err(Refusal::Invalid)?;
            RolloutTrigger::Pause(span.map(|span| at + span))
        }
        RolloutOrder::Resume => RolloutTrigger::Resume,
        RolloutOrder::Abort => RolloutTrigger::Abort,
        RolloutOrder::Promote => RolloutTrigger::Promote,
    };
    if known.phase.after(trigger).is_some() {
        let change = RolloutChange::Turned(trigger, format!("{order}, by a person"));
        return Ok(vec![Event::RolloutChanged(workload, Arc::new(change))]);
    }
    match (order, known.phase) {
        (RolloutOrder::Pause(_), RolloutPhase::Paused { .. })
        | (RolloutOrder::Abort, RolloutPhase::RollingBack)
        | (RolloutOrder::Promote, RolloutPhase::Promoting) => Ok(Vec::new()),
        (_, phase) => Err(refused(workload, order, stands(phase))),
    }
}

fn refused(workload: WorkloadId, order: RolloutOrder, why: &str) -> Refusal {
    Refusal::RolloutStands { workload, order: order.to_string(), why: why.into() }
}

fn stands(phase: RolloutPhase) -> &'static str {
    match phase {
        RolloutPhase::Stepping | RolloutPhase::Promoting => "it is under way",
        RolloutPhase::Paused { .. } => "it is paused",
        RolloutPhase::RollingBack => "it is rolling back, which is the safe direction",
        RolloutPhase::Done => "it is done: that is the stable version now",
        RolloutPhase::RolledBack => "it has been rolled back",
    }
}
