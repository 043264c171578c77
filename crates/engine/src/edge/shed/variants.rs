//! A smaller variant where a replica is, before it is moved away: on a node that heats up, and on a hot one where there is nowhere to go. And
//! the way up again, once the node is well and has room. Only variants that the workload allows, of the version that runs.

use super::order::lowest_first;
use super::pressure::{Pressure, is_well, pressure};
use super::rates::Rates;
use crate::edge::rollout;
use crate::edge::round::rules;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{Bound, Event, MoveCause, ReplicaId, Variant, VariantRef};
use std::cmp::Reverse;
use std::sync::Arc;

/// Variants of the version that a replica runs which its workload allows and its node runs, the wanted one first, and where its own stands.
fn allowed<'a>(
    world: &'a Edge,
    node: &NodeRow,
    row: &WorkloadRow,
    bound: &Bound,
) -> Option<(Vec<(VariantRef, &'a Variant)>, usize)> {
    let model = world.model(&row.spec.model)?;
    let of_version = rules::options_of(world, &row.spec, |version| *version == bound.variant.version);
    let known = of_version.into_iter().filter_map(|named| Some((named.clone(), model.variant(&named)?)));
    let runs: Vec<_> = known
        .filter(|(named, variant)| {
            *named == bound.variant || rules::runs(node, variant) && rollout::suits(node, named.precision)
        })
        .collect();
    let own = runs.iter().position(|(named, _)| *named == bound.variant)?;
    Some((runs, own))
}

/// The next smaller variant that a replica may run as where it is.
pub(super) fn smaller(world: &Edge, node: &NodeRow, row: &WorkloadRow, ordinal: u32) -> Option<Bound> {
    let bound = row.replicas.get(ordinal as usize)?.bound.as_deref()?;
    let (variants, own) = allowed(world, node, row, bound)?;
    let memory = variants[own].1.memory;
    let smaller = variants[own + 1..].iter().filter(|(_, variant)| variant.memory < memory);
    let mut smaller = smaller.map(|(named, variant)| switched(bound, named, variant));
    smaller.find(|wanted| node.holds_instead(&row.spec, bound, wanted))
}

/// The best variant above its own that a replica may run as where it is, as far as there is room.
fn larger(world: &Edge, node: &NodeRow, row: &WorkloadRow, ordinal: u32) -> Option<Bound> {
    let bound = row.replicas.get(ordinal as usize)?.bound.as_deref()?;
    let (variants, own) = allowed(world, node, row, bound)?;
    let better = variants[..own].iter().map(|(named, variant)| switched(bound, named, variant));
    better.into_iter().find(|wanted| node.holds_instead(&row.spec, bound, wanted))
}

fn switched(bound: &Bound, named: &VariantRef, variant: &Variant) -> Bound {
    let device_memory = if bound.devices.is_empty() { Default::default() } else { variant.memory };
    Bound { variant: named.clone(), device_memory, file: variant.size, ..bound.clone() }
}

fn event(row: &WorkloadRow, ordinal: u32, bound: Bound, cause: MoveCause) -> Event {
    let replica = ReplicaId { workload: row.spec.id.clone(), ordinal };
    Event::ReplicaSwitched { replica, bound: Arc::new(bound), cause }
}

/// Who runs as a smaller variant from now on, the lowest priority first and within the rates.
pub(in crate::edge) fn step_down(world: &Edge) -> Vec<Event> {
    let nodes = world.astray.leaving.iter().filter_map(|idx| world.nodes.get(*idx));
    let mut nodes = nodes.filter(|node| node.is_hot() || node.is_heating()).peekable();
    if nodes.peek().is_none() {
        return Vec::new();
    }
    let (mut rates, mut events) = (Rates::of(world), Vec::new());
    for node in nodes {
        // As those that have switched leave it.
        let mut after = node.clone();
        for (workload, ordinal, row) in lowest_first(world, node) {
            let nowhere = row.replicas.get(ordinal as usize).is_some_and(|one| one.why_not().is_some());
            let cause = match node.leaves(&row.spec) {
                Some(MoveCause::Heating) => MoveCause::Heating,
                Some(MoveCause::Hot) if nowhere => MoveCause::Hot,
                _ => continue,
            };
            if pressure(node, cause, &world.options, world.now) == Pressure::Easing {
                continue;
            }
            let Some(bound) = smaller(world, &after, row, ordinal) else { continue };
            if !rates.take(&node.spec.id, false) {
                break;
            }
            let was = row.replicas.get(ordinal as usize).and_then(|one| one.bound.as_ref());
            was.into_iter().for_each(|was| after.give_back((workload, ordinal), &row.spec, was));
            after.take((workload, ordinal), &row.spec, &bound);
            events.push(event(row, ordinal, bound, cause));
        }
    }
    events
}

/// Who runs as a better variant from now on, the highest priority first and within the rates.
pub(in crate::edge) fn step_up(world: &Edge) -> Vec<Event> {
    if world.astray.lowered.is_empty() {
        return Vec::new();
    }
    let (mut rates, mut events, mut seen) = (Rates::of(world), Vec::new(), std::collections::BTreeSet::new());
    let rows = world.astray.lowered.iter().filter_map(|(workload, ordinal)| {
        Some((Reverse(world.workloads.get(*workload)?.spec.priority), *workload, *ordinal))
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    for (_, workload, ordinal) in rows {
        let Some((row, replica)) = world.replica_at(workload, ordinal) else { continue };
        let node = replica.bound.as_ref().and_then(|bound| world.node(&bound.node));
        let rested = world.now.since(replica.since) >= world.options.shed.return_after;
        let Some(node) = node.filter(|node| rested && is_well(world, node)) else {
            continue;
        };
        // What two would take of one device is looked at in turn: one node goes one step up at a time.
        if seen.contains(&node.spec.id) {
            continue;
        }
        let Some(bound) = larger(world, node, row, ordinal) else { continue };
        if rates.take(&node.spec.id, false) {
            seen.insert(node.spec.id.clone());
            events.push(event(row, ordinal, bound, MoveCause::Upgraded));
        }
    }
    events
}
