//! Who goes back to where it came from, once that is well again, and who goes to where a better variant fits: each to be tried by the round,
//! which knows whether there is room.

use super::leaving::Leaver;
use super::pressure::is_well;
use super::rates::Rates;
use crate::edge::round::rules;
use crate::edge::row::{Replica, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{MoveCause, NodeIdx, WorkloadIdx};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Who may go back now, the highest priority first and within the rates.
pub(in crate::edge) fn restoring(world: &Edge) -> Vec<Leaver> {
    let candidates: BTreeSet<(WorkloadIdx, u32)> =
        world.astray.trailing.union(&world.astray.lowered).copied().collect();
    let mut candidates: Vec<(Reverse<i32>, WorkloadIdx, u32)> = candidates
        .into_iter()
        .filter(|(workload, ordinal)| world.is_new(*workload, *ordinal))
        .filter_map(|(workload, ordinal)| {
            Some((Reverse(world.workloads.get(workload)?.spec.priority), workload, ordinal))
        })
        .collect();
    candidates.sort();
    let (mut rates, mut restored) = (Rates::of(world), Vec::new());
    for (_, workload, ordinal) in candidates {
        let Some((row, replica)) = world.replica_at(workload, ordinal) else { continue };
        let Some((from, cause, only)) = way(world, row, replica) else { continue };
        let counted = world.nodes.get(only.unwrap_or(from)).map(|node| &node.spec.id);
        if counted.is_some_and(|node| rates.take(node, false)) {
            restored.push(Leaver { workload, ordinal, from, cause, only });
        }
    }
    restored
}

/// Whether its workload allows a variant that is wanted more than the one that it runs as.
fn has_better(world: &Edge, row: &WorkloadRow, replica: &Replica) -> bool {
    let Some(bound) = &replica.bound else { return false };
    let options = rules::options(world, &row.spec);
    options.iter().position(|option| *option == bound.variant).is_some_and(|own| own > 0)
}

/// Where a replica would go, if it may: it has been where it is for long enough, and what is there does not drive it away.
fn way(world: &Edge, row: &WorkloadRow, replica: &Replica) -> Option<(NodeIdx, MoveCause, Option<NodeIdx>)> {
    let from = world.nodes.find(&replica.bound.as_ref()?.node)?;
    // On a silent node it may well go on: elsewhere it would be a second one.
    let node = world.nodes.get(from)?;
    let stays = node.leaves(&row.spec).is_none() && !node.is_silent();
    if !stays || world.now.since(replica.since) < world.options.shed.return_after {
        return None;
    }
    match replica.trail.as_ref().and_then(|trail| trail.home.as_ref()) {
        Some((home, _)) => {
            let home = world.nodes.find(home)?;
            let well = is_well(world, world.nodes.get(home)?);
            (well && home != from).then_some((from, MoveCause::Returned, Some(home)))
        }
        None => {
            // Where it is comes first (`step_up`): a node that is not well yet may have room for it soon.
            let up = replica.is_lowered(&row.spec) && is_well(world, node);
            (up && has_better(world, row, replica)).then_some((from, MoveCause::Upgraded, None))
        }
    }
}
