//! What a rollout will do, told before it begins: its nodes in order, and its steps. Errors: it cannot begin.

use super::fit::{fitting, network};
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::SemanticVersion as Version;
use paceline_model::edge::{
    NodeId, Refusal, ReplicaState, RolloutPhase, RolloutPlan, RolloutSpec, Tier, WorkloadId,
};
use paceline_model::limits::{Invalid, Rule};
use paceline_plan::edge::rollout::{Candidate, plan as wave_plan};
use std::collections::BTreeMap;

/// The plan. `None`: the same is under way. Nodes that are silent are no part of it; they follow when it is done.
pub(in crate::edge) fn plan(world: &Edge, spec: RolloutSpec) -> Result<Option<RolloutPlan>, Refusal> {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    let row = world.workload(&spec.workload).ok_or_else(|| Refusal::unknown("workload", &spec.workload))?;
    let model = world.model(&row.spec.model).ok_or_else(|| Refusal::unknown("model", &row.spec.model))?;
    let version = model.versions.iter().find(|known| known.version == spec.to);
    let version = version.ok_or_else(|| Refusal::unknown("version", &spec.to))?;
    if !row.spec.version.matches(&spec.to) {
        let rule = Rule::Shape(format!("must be one that the workload allows: {}", row.spec.version));
        return Err(Refusal::Invalid(Invalid::new("version", &spec.to, rule)));
    }
    let named = |of: &paceline_model::edge::Variant| Some((of.precision, of.artefact?));
    let artefacts: Vec<_> = version.variants.iter().filter_map(named).collect();
    if let Some(known) = world.rollouts.get(&spec.workload) {
        let same = known.spec.to == spec.to && known.artefacts == artefacts;
        match known.phase {
            RolloutPhase::Done | RolloutPhase::RolledBack => {}
            RolloutPhase::RollingBack => {
                return Err(stands(&spec.workload, "one is rolling back: wait for its end"));
            }
            _ if same => return Ok(None),
            _ => {
                let why = format!("one to {} is under way: abort it first", known.spec.to);
                return Err(stands(&spec.workload, &why));
            }
        }
    }
    let from = stable(world, row, &spec.to);
    let order = candidates(world, row, &spec);
    let waves = wave_plan(&order.iter().map(|(_, _, of)| *of).collect::<Vec<_>>(), &spec.percents);
    if waves.steps.is_empty() || waves.order.is_empty() {
        return Err(stands(&spec.workload, "no node that can be reached runs it and could run that version"));
    }
    let member = |(number, tier): &(usize, Tier)| {
        let (node, runs, _) = order.get(*number)?;
        Some((node.clone(), *tier, *runs))
    };
    let members = waves.order.iter().filter_map(member).collect();
    let (steps, passed_over) = (waves.steps, waves.passed_over);
    Ok(Some(RolloutPlan { spec, from, artefacts, members, steps, passed_over }))
}

fn stands(workload: &WorkloadId, why: &str) -> Refusal {
    Refusal::RolloutStands { workload: workload.clone(), order: "start".into(), why: why.into() }
}

/// The version that it goes back to: the stable one, or what most of its replicas run, or the newest that is allowed.
fn stable(world: &Edge, row: &WorkloadRow, to: &Version) -> Version {
    if let Some(known) = world.rollouts.get(&row.spec.id) {
        return known.stable().clone();
    }
    let mut counts: BTreeMap<&Version, usize> = BTreeMap::new();
    for bound in row.replicas.iter().filter_map(|replica| replica.bound.as_ref()) {
        *counts.entry(&bound.variant.version).or_default() += 1;
    }
    counts.remove(to);
    let most = counts.into_iter().max_by_key(|(version, count)| (*count, *version));
    most.map_or_else(|| to.clone(), |(version, _)| version.clone())
}

/// Nodes that run the workload, can be reached and could run the version, by name; with whether they run it already.
fn candidates(world: &Edge, row: &WorkloadRow, spec: &RolloutSpec) -> Vec<(NodeId, bool, Candidate)> {
    let mut nodes: BTreeMap<&NodeId, (bool, bool)> = BTreeMap::new();
    for replica in &row.replicas {
        let Some(bound) = replica.bound.as_deref() else { continue };
        let Some(node) = world.node(&bound.node).filter(|node| !node.is_silent()) else { continue };
        let runs = bound.variant.version == spec.to;
        let fits = runs || fitting(world, node, row, bound, &spec.to).next().is_some();
        let known = nodes.entry(&node.spec.id).or_insert((true, true));
        (known.0, known.1) = (known.0 && runs, known.1 && fits);
    }
    let nodes = nodes.into_iter().filter(|(_, (_, fits))| *fits);
    let candidate = |(id, (runs, _)): (&NodeId, (bool, bool))| {
        let node = world.node(id)?;
        let of = Candidate { network: network(node), serves: serves(node, &row.spec.id) };
        Some((id.clone(), runs, of))
    };
    nodes.filter_map(candidate).collect()
}

/// Whether a node does not say that all that it has of a workload has failed.
fn serves(node: &NodeRow, workload: &WorkloadId) -> bool {
    let Some((_, replicas)) = &node.heard().replicas else { return true };
    let mut own = replicas.iter().filter(|one| one.replica.workload == *workload).peekable();
    own.peek().is_none() || own.any(|one| one.state != ReplicaState::Failed)
}
