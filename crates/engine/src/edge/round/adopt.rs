//! What of a plan still holds: each placement is checked against the world as it is now, a gang's all together. What does not hold is
//! refused, alone, and looked at again.

use super::asked::Asked;
use super::spread::Standing;
use super::{RoundSummary, group};
use crate::edge::defragment;
use crate::edge::row::Finding;
use crate::edge::world::Edge;
use crate::ledger::Draft;
use paceline_model::edge::{Event, MoveCause, NodeRule, NotPlaced, PassedOver, ReplicaId, RuleCount};
use paceline_plan::edge::placement::{Rule, Unplaceable};
use paceline_plan::edge::round::{Outcome, Plan};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Applies what still holds.
pub(in crate::edge) fn adopt(
    world: &mut Edge,
    draft: &mut Draft<Edge>,
    mut round: RoundSummary,
    plan: Plan,
) -> RoundSummary {
    round.ran_short = plan.ran_short;
    let mut standing = Standing::new(draft.version() != plan.made_from);
    let mut rest = &plan.outcomes[..];
    while let Some(first) = rest.first() {
        let together = together(&round.asked, rest, first);
        let (group, others) = rest.split_at(together);
        rest = others;
        settle(world, draft, &mut round, group, &mut standing);
    }
    (round.asked, round.nodes, round.running) = Default::default();
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
    standing: &mut Standing,
) {
    if let Some(Outcome { found: Err(_), .. }) = group.first() {
        for outcome in group {
            let considered = round.nodes.len() as u32;
            if let Some(asked) = round.asked.get(outcome.demand) {
                round.refused += 1;
                if asked.from.is_some_and(|(_, cause)| cause == MoveCause::Defragmented) {
                    let passed_over = passed_over(world, asked, outcome);
                    draft.apply(world, passed_over);
                    continue;
                }
                let again_at = outcome.later.then(|| world.more_victims_at().unwrap_or(world.now));
                let finding = Finding {
                    why_not: Some(Arc::new(not_placed(outcome, considered))),
                    tried_at: Some(round.room_made),
                    again_at,
                };
                if let Some(replica) = world.replica_mut(asked.workload, asked.ordinal) {
                    replica.finding = finding;
                }
            }
        }
        return;
    }
    match group::events(world, round, group, standing) {
        Some(events) => {
            standing.settle();
            for event in &events {
                match event {
                    Event::ReplicaMoved { .. } => round.moved += 1,
                    Event::ReplicaPlaced { .. } => round.placed += 1,
                    Event::ReplicaEvicted { .. } => round.evicted += 1,
                    _ => {}
                }
            }
            draft.apply(world, events);
        }
        None => {
            standing.undo();
            round.stale += group.len() as u32;
        }
    }
}

/// A move for its own sake that is not made after all. `None`: nobody waits for it any more.
fn passed_over(world: &Edge, asked: &Asked, outcome: &Outcome) -> Option<Event> {
    let row = world.workloads.get(asked.workload)?;
    if !defragment::waits(world, row, (asked.ordinal, asked.only)) {
        return None;
    }
    let rule = outcome.found.as_ref().err()?.nodes.keys().next();
    let why = rule.map_or(PassedOver::GainsTooLittle, |rule| PassedOver::Refused(named(*rule)));
    let replica = ReplicaId { workload: row.spec.id.clone(), ordinal: asked.ordinal };
    Some(defragment::passed_over(&replica, why))
}

pub(super) fn not_placed(outcome: &Outcome, considered: u32) -> NotPlaced {
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
        Rule::Storage => NodeRule::Storage,
        Rule::Slices => NodeRule::Slices,
        Rule::DeviceShare | Rule::DeviceMemory => NodeRule::DeviceCapacity,
        Rule::Beside => NodeRule::Spread,
    }
}
