//! What of a plan still holds: each placement is checked against the world as it is now, a gang's all together. What does not hold is
//! refused, alone, and looked at again.

use super::asked::Asked;
use super::{RoundSummary, rules, spread};
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use crate::ledger::Draft;
use paceline_model::edge::{
    Bound, Event, MoveCause, NodeIdx, NodeRule, NotPlaced, PlacementDecision, ReplicaId, RuleCount,
};
use paceline_plan::edge::placement::{Rule, Unplaceable};
use paceline_plan::edge::round::{Found, Outcome, Plan};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Applies what still holds.
pub(in crate::edge) fn adopt(
    world: &mut Edge,
    draft: &mut Draft<Edge>,
    mut round: RoundSummary,
    plan: Plan,
) -> RoundSummary {
    round.ran_short = plan.ran_short;
    let moved_on = draft.version() != plan.made_from;
    let mut rest = &plan.outcomes[..];
    while let Some(first) = rest.first() {
        let together = together(&round.asked, rest, first);
        let (group, others) = rest.split_at(together);
        rest = others;
        settle(world, draft, &mut round, group, moved_on);
    }
    (round.asked, round.nodes) = (Vec::new(), Vec::new());
    round
}

/// How many outcomes from the first on are of one gang.
fn together(asked: &[Asked], rest: &[Outcome], first: &Outcome) -> usize {
    let of = |outcome: &Outcome| asked.get(outcome.demand).filter(|one| one.gang).map(|one| one.workload);
    match of(first) {
        Some(gang) => rest.iter().take_while(|outcome| of(outcome) == Some(gang)).count(),
        None => 1,
    }
}

fn settle(
    world: &mut Edge,
    draft: &mut Draft<Edge>,
    round: &mut RoundSummary,
    group: &[Outcome],
    moved_on: bool,
) {
    if let Some(Outcome { found: Err(_), .. }) = group.first() {
        for outcome in group {
            let considered = round.nodes.len() as u32;
            if let Some(asked) = round.asked.get(outcome.demand) {
                note(world, asked, not_placed(outcome, considered), round.room_made);
                round.refused += 1;
            }
        }
        return;
    }
    let mut so_far = SoFar { rows: BTreeMap::new(), went: Vec::new(), moved_on };
    let events: Option<Vec<Event>> =
        group.iter().map(|outcome| event(world, round, &mut so_far, outcome)).collect();
    match events {
        Some(events) => {
            for event in &events {
                match event {
                    Event::ReplicaMoved { .. } => round.moved += 1,
                    _ => round.placed += 1,
                }
            }
            draft.apply(world, events);
        }
        None => round.stale += group.len() as u32,
    }
}

/// What those before it of its gang have taken.
struct SoFar {
    /// Nodes as they leave them.
    rows: BTreeMap<NodeIdx, NodeRow>,
    /// Where they went.
    went: Vec<NodeIdx>,
    /// Whether the world is another than the one that the plan was made from.
    moved_on: bool,
}

/// The event that a proposal becomes, if it holds.
fn event(world: &Edge, round: &RoundSummary, so_far: &mut SoFar, outcome: &Outcome) -> Option<Event> {
    let (asked, found) = (round.asked.get(outcome.demand)?, outcome.found.as_ref().ok()?);
    let row = world.workloads.get(asked.workload)?;
    let replica = row.replicas.get(asked.ordinal as usize)?;
    let named = asked.options.get(found.option)?;
    let variant = world.model(&row.spec.model)?.variant(named)?;
    let idx = *round.nodes.get(found.node.0 as usize)?;
    let from = asked.from.map(|(from, _)| from);
    // Where the world has not moved since, replicas stand as the solver knew.
    if so_far.moved_on && !spread::admits(world, row, idx, from, &so_far.went) {
        return None;
    }
    let node = match so_far.rows.entry(idx) {
        Entry::Occupied(taken) => taken.into_mut(),
        Entry::Vacant(free) => free.insert(world.nodes.get(idx)?.clone()),
    };
    let cause = still_asked(world, asked, replica.bound.as_deref())?;
    let device_memory = if row.spec.requests.gpus == 0 { Default::default() } else { variant.memory };
    let bound = Bound {
        node: node.spec.id.clone(),
        devices: devices(node, found)?,
        variant: named.clone(),
        device_memory,
    };
    let holds =
        rules::refusal(node, &row.spec, Some(variant)).is_none() && node.has_room(&row.spec.requests, &bound);
    if !holds {
        return None;
    }
    node.take((asked.workload, asked.ordinal), &row.spec.requests, &bound);
    so_far.went.push(idx);
    let policy = round.policies.number(node.spec.place.cluster.as_ref());
    let decision = Arc::new(PlacementDecision {
        considered: round.nodes.len() as u32,
        downgraded: named.precision != row.spec.precision,
        score: i64::from(found.points),
        scored_by: round.policies.scored_by(policy, &found.parts, found.points),
    });
    let (bound, id) = (Arc::new(bound), ReplicaId { workload: row.spec.id.clone(), ordinal: asked.ordinal });
    Some(match cause {
        Some(cause) => Event::ReplicaMoved { replica: id, bound, cause, decision },
        None => Event::ReplicaPlaced { replica: id, bound, decision },
    })
}

/// Whether a replica still wants a place: it has no node, or, with the cause, should still leave the one that it was to leave.
fn still_asked(world: &Edge, asked: &Asked, bound: Option<&Bound>) -> Option<Option<MoveCause>> {
    match (asked.from, bound) {
        (None, None) => Some(None),
        (Some((from, cause)), Some(bound)) => {
            let node = world.nodes.get(from).filter(|node| node.spec.id == bound.node)?;
            let row = world.workloads.get(asked.workload)?;
            let restored = [MoveCause::Returned, MoveCause::Upgraded].contains(&cause);
            match node.leaves(&row.spec) {
                None if restored => Some(Some(cause)),
                leaves => leaves.map(Some),
            }
        }
        _ => None,
    }
}

/// The devices by name. `None`: the node has others by now.
fn devices(node: &NodeRow, found: &Found) -> Option<Vec<paceline_model::edge::DeviceUuid>> {
    found.devices.iter().map(|at| node.devices.get(at).map(|device| device.uuid.clone())).collect()
}

/// Keeps why a replica found no place.
fn note(world: &mut Edge, asked: &Asked, why_not: NotPlaced, room_made: u64) {
    if let Some(replica) = world.replica_mut(asked.workload, asked.ordinal) {
        replica.finding.why_not = Some(Arc::new(why_not));
        replica.finding.tried_at = Some(room_made);
    }
}

fn not_placed(outcome: &Outcome, considered: u32) -> NotPlaced {
    let counts = outcome.found.as_ref().err().map(excluded).unwrap_or_default();
    NotPlaced { considered, excluded: counts, of_gang: outcome.of_gang }
}

/// The solver's counts under the world's names of the rules.
fn excluded(unplaceable: &Unplaceable) -> Vec<RuleCount> {
    let mut counts: BTreeMap<NodeRule, u32> = BTreeMap::new();
    for (rule, nodes) in &unplaceable.nodes {
        *counts.entry(named(*rule)).or_default() += nodes;
    }
    counts.into_iter().map(|(rule, nodes)| RuleCount { rule, nodes }).collect()
}

fn named(rule: Rule) -> NodeRule {
    match rule {
        Rule::Caller(number) => NodeRule::ALL.get(usize::from(number)).copied().unwrap_or(NodeRule::Unjudged),
        Rule::UnknownClass => NodeRule::Unjudged,
        Rule::Devices => NodeRule::Devices,
        Rule::Cpu => NodeRule::Cpu,
        Rule::Memory => NodeRule::Memory,
        Rule::Pcie => NodeRule::Pcie,
        Rule::DeviceShare | Rule::DeviceMemory => NodeRule::DeviceCapacity,
        Rule::Beside => NodeRule::Spread,
    }
}
