//! Rollouts as the wire shows them.

use paceline_api::edge as api;
use paceline_engine::edge::{Edge, MemberStatus, Rollout, RolloutStatus, StepApproval};
use paceline_model::edge::{MemberState, NodeId, PlannedStep, RolloutPhase, RolloutPlan, RolloutSpec, Tier};

/// Names that one answer lists: a page.
const LISTED_MAX: usize = 1_000;

/// All of them, those that are under way first.
pub(crate) fn rollouts(world: &Edge) -> api::RolloutsView {
    let mut all: Vec<&Rollout> = world.rollouts().collect();
    all.sort_by_key(|rollout| rollout.phase.has_ended());
    api::RolloutsView { rollouts: all.into_iter().take(LISTED_MAX).map(summary).collect() }
}

fn summary(of: &Rollout) -> api::RolloutSummary {
    api::RolloutSummary {
        workload: of.spec.workload.to_string(),
        from: of.from.to_string(),
        to: of.spec.to.to_string(),
        phase: api::phase(of.phase).into(),
        held: of.held,
        step: of.step + 1,
        steps: of.steps.len() as u32,
        started_at: of.started_at,
    }
}

/// What a rollout would do, or does. `None`: it is under way.
pub(crate) fn planned(world: &Edge, spec: &RolloutSpec, plan: Option<&RolloutPlan>) -> api::RolloutPlanView {
    let known = world.rollout(&spec.workload);
    let from = plan.map(|plan| &plan.from).or(known.map(|known| &known.from));
    api::RolloutPlanView {
        workload: spec.workload.to_string(),
        from: from.map(ToString::to_string).unwrap_or_default(),
        to: spec.to.to_string(),
        under_way: plan.is_none(),
        steps: match (plan, known) {
            (Some(plan), _) => {
                let order: Vec<_> = plan.members.iter().map(|(node, tier, _)| (node, *tier)).collect();
                steps(&order, &plan.steps, &plan.passed_over)
            }
            (None, Some(known)) => of_known(known),
            (None, None) => Vec::new(),
        },
        remarks: plan.map(|plan| remarks(plan, world.options().rollouts.approval)).unwrap_or_default(),
    }
}

fn remarks(plan: &RolloutPlan, approval: StepApproval) -> Vec<String> {
    let mut remarks = Vec::new();
    if plan.members.len() == 1 {
        remarks.push("there is one node: one step, and nothing that it could be compared with".to_owned());
    }
    for step in &plan.passed_over {
        let percent = step.percent.unwrap_or_default();
        let (all, count) = (plan.members.len(), step.upto);
        remarks.push(format!("{percent} % of {all} is {count}: nothing new"));
    }
    let run = plan.members.iter().filter(|(.., runs)| *runs).count();
    if run > 0 {
        remarks.push(format!("{run} nodes run it already, and stay"));
    }
    remarks.extend((0..plan.steps.len() as u32).filter_map(|step| approval.asked_before(step)));
    remarks
}

fn of_known(known: &Rollout) -> Vec<api::RolloutStep> {
    let mut order: Vec<_> = known.members.iter().collect();
    order.sort_by_key(|(_, member)| member.place);
    let order: Vec<_> = order.into_iter().map(|(node, member)| (node, member.tier)).collect();
    steps(&order, &known.steps, &known.passed_over)
}

/// What each step adds, with the names of its nodes.
fn steps(
    order: &[(&NodeId, Tier)],
    planned: &[PlannedStep],
    passed_over: &[PlannedStep],
) -> Vec<api::RolloutStep> {
    let mut all: Vec<(&PlannedStep, bool)> = planned.iter().map(|step| (step, true)).collect();
    all.extend(passed_over.iter().map(|step| (step, false)));
    all.sort_by_key(|(step, adds)| (step.tier, step.upto, !adds));
    let mut before = (None, 0);
    let step = |(step, adds): (&PlannedStep, bool)| {
        let from = if before.0 == Some(step.tier) { before.1 } else { 0 };
        before = (Some(step.tier), step.upto);
        let of_tier = order.iter().filter(|(_, tier)| *tier == step.tier);
        let count = if adds { step.upto.saturating_sub(from) } else { 0 };
        let names = of_tier.skip(from as usize).take((count as usize).min(LISTED_MAX));
        api::RolloutStep {
            tier: step.tier.into(),
            percent: step.percent,
            adds: count,
            nodes: names.map(|(node, _)| node.to_string()).collect(),
        }
    };
    all.into_iter().map(step).collect()
}

/// How one stands.
pub(crate) fn rollout(of: &RolloutStatus) -> api::RolloutView {
    let until = match of.rollout.phase {
        RolloutPhase::Paused { until, .. } => until,
        _ => None,
    };
    let reason =
        |(at, why): &(paceline_model::Instant, String)| api::RolloutReason { at: *at, why: why.clone() };
    api::RolloutView {
        summary: summary(&of.rollout),
        paused_until: until,
        waits_for: of.waits_for.clone(),
        planned: of_known(&of.rollout),
        nodes: of.members.iter().take(LISTED_MAX).map(node).collect(),
        behind: of.behind.iter().take(LISTED_MAX).map(ToString::to_string).collect(),
        reasons: of.rollout.reasons.iter().map(reason).collect(),
    }
}

fn node(of: &MemberStatus) -> api::RolloutNode {
    let (tries, error) = match &of.state {
        MemberState::Failed { tries, error } => (Some(*tries), Some(error.clone())),
        _ => (None, None),
    };
    api::RolloutNode {
        node: of.node.to_string(),
        state: api::member_state(&of.state).into(),
        since: of.since,
        ordered: of.ordered.as_ref().map(ToString::to_string),
        runs: of.runs.as_ref().map(ToString::to_string),
        silent: of.silent,
        tries,
        error,
    }
}
