//! Which replicas should leave their nodes now. What an operator wants goes at once; what heat and low batteries want goes a little at a time,
//! from the hottest node first and of each the lowest priority first, and stops where the temperature falls.

use super::order::lowest_first;
use super::pressure::{Pressure, pressure};
use super::rates::Rates;
use super::variants::smaller;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{MoveCause, NodeIdx, WorkloadIdx};
use std::cmp::Reverse;

/// A replica that should leave, or may go back.
pub(in crate::edge) struct Leaver {
    pub(in crate::edge) workload: WorkloadIdx,
    pub(in crate::edge) ordinal: u32,
    /// Where it is.
    pub(in crate::edge) from: NodeIdx,
    /// Why.
    pub(in crate::edge) cause: MoveCause,
    /// The only node that it goes to.
    pub(in crate::edge) only: Option<NodeIdx>,
}

/// Which should leave now.
pub(in crate::edge) fn leaving(world: &Edge) -> Vec<Leaver> {
    let (mut at_once, mut passing) = (Vec::new(), Vec::new());
    for from in &world.astray.leaving {
        let Some(node) = world.nodes.get(*from) else { continue };
        let mut waits = false;
        for (workload, ordinal) in &node.derived.runs {
            let row = world.workloads.get(*workload);
            let Some(cause) = row.and_then(|row| node.leaves(&row.spec)) else { continue };
            if !world.is_new(*workload, *ordinal) {
                continue;
            }
            waits |= cause.passes();
            if !cause.passes() {
                let (workload, ordinal, from) = (*workload, *ordinal, *from);
                at_once.push(Leaver { workload, ordinal, from, cause, only: None });
            }
        }
        if waits {
            passing.push((Reverse(node.hottest()), *from, node));
        }
    }
    passing.sort_by_key(|(heat, from, _)| (*heat, *from));
    if !passing.is_empty() {
        let mut rates = Rates::of(world);
        for (_, from, node) in passing {
            at_once.extend(of_node(world, from, node, &mut rates));
        }
    }
    at_once
}

/// What leaves one node that is not well, as far as the rates allow.
fn of_node<'a>(world: &'a Edge, from: NodeIdx, node: &'a NodeRow, rates: &mut Rates<'a>) -> Vec<Leaver> {
    let mut leavers = Vec::new();
    for (workload, ordinal, row) in lowest_first(world, node) {
        let Some(cause) = node.leaves(&row.spec).filter(|cause| cause.passes()) else { continue };
        let urgent = pressure(node, cause, &world.options, world.now);
        let stays = urgent == Pressure::Easing
            || !world.is_new(workload, ordinal)
            || has_just_switched(world, row, ordinal)
            || cause == MoveCause::Heating && smaller(world, node, row, ordinal).is_some();
        if !stays && rates.take(&node.spec.id, urgent == Pressure::Critical) {
            leavers.push(Leaver { workload, ordinal, from, cause, only: None });
        }
    }
    leavers
}

/// Whether a replica has just become smaller where it is: a reading shows first what that did.
fn has_just_switched(world: &Edge, row: &WorkloadRow, ordinal: u32) -> bool {
    let replica = row.replicas.get(ordinal as usize);
    replica.and_then(|one| Some((one, one.trail.as_ref()?, one.bound.as_ref()?))).is_some_and(
        |(replica, trail, bound)| {
            trail.last.0 == bound.node && world.now.since(replica.since) < world.options.shed.period
        },
    )
}
