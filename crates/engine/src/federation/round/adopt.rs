//! What of a plan still holds: workloads that are asked for as they were, and clusters that may still have more.

use super::RoundSummary;
use super::problem::{may, need};
use crate::federation::row::FederatedRow;
use crate::federation::world::Federation;
use crate::ledger::Draft;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{
    ClusterId, ClusterRule, ClusterShare, Event, ExcludedClusters, SpreadDecision,
};
use paceline_plan::edge::federation::{May, Plan, Spread};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Clusters that are named for each reason.
const NAMED_MAX: usize = 5;

/// Applies what still holds.
pub(in crate::federation) fn adopt(
    world: &mut Federation,
    draft: &mut Draft<Federation>,
    mut round: RoundSummary,
    plan: Plan,
) -> RoundSummary {
    round.ran_short = plan.ran_short;
    let come_to: BTreeSet<usize> = plan.spreads.iter().map(|of| of.number).collect();
    for (number, (workload, _)) in round.asked.iter().enumerate() {
        if !come_to.contains(&number) {
            world.touched.insert(workload.clone());
        }
    }
    for spread in plan.spreads {
        let Some((workload, asked)) = round.asked.get(spread.number).cloned() else { continue };
        let Some(row) = world.workload(&workload).cloned().filter(|row| !row.ending) else { continue };
        let of: BTreeMap<ClusterId, u32> =
            round.clusters.iter().cloned().zip(spread.replicas.iter().copied()).collect();
        if row.spec != asked || !holds(world, &row, &of) {
            round.stale += 1;
            world.touched.insert(workload);
            continue;
        }
        round.unplaced += spread.unplaced;
        if adopt_one(world, draft, &row, &round.clusters, &spread) {
            round.spread += 1;
        }
    }
    round
}

/// Whether clusters that are to have more may still have it.
fn holds(world: &Federation, row: &FederatedRow, replicas: &BTreeMap<ClusterId, u32>) -> bool {
    replicas.iter().all(|(id, replicas)| {
        let grows = *replicas > row.of(id);
        let may_grow = || {
            let cluster = world.cluster(id)?;
            Some(may(world, row, cluster, need(&row.spec, cluster).is_some()) == May::Grow)
        };
        !grows || may_grow().unwrap_or(false)
    })
}

/// Returns whether it is spread otherwise than before.
fn adopt_one(
    world: &mut Federation,
    draft: &mut Draft<Federation>,
    row: &FederatedRow,
    clusters: &[ClusterId],
    spread: &Spread,
) -> bool {
    let workload: WorkloadId = row.spec.id().clone();
    let decision = Arc::new(decision(world, row, clusters, spread));
    let numbered = clusters.iter().cloned().zip(spread.replicas.iter().copied());
    let replicas: Vec<(ClusterId, u32)> = numbered.filter(|(_, replicas)| *replicas > 0).collect();
    let is_other =
        row.anew || !row.replicas.iter().map(|(id, of)| (id.clone(), *of)).eq(replicas.iter().cloned());
    if is_other {
        draft.apply(world, [Event::WorkloadSpread { workload: workload.clone(), replicas, decision }]);
        // Applying it has touched the workload; it has just been looked at.
        world.touched.remove(&workload);
    } else if row.finding() != Some(&decision)
        && let Some(row) = world.workload_mut(&workload)
    {
        row.finding.decision = Some(decision);
    }
    match spread.unplaced {
        0 => _ = world.waiting.remove(&workload),
        _ => _ = world.waiting.insert(workload),
    }
    is_other
}

fn decision(
    world: &Federation,
    row: &FederatedRow,
    clusters: &[ClusterId],
    spread: &Spread,
) -> SpreadDecision {
    let mut shares = Vec::new();
    let mut excluded: BTreeMap<ClusterRule, ExcludedClusters> = BTreeMap::new();
    for ((id, replicas), room) in clusters.iter().zip(&spread.replicas).zip(&spread.room) {
        let before = row.of(id);
        let rule = rule(world, row, id, (*replicas, *room), spread.unplaced > 0);
        if *replicas > 0 || before > 0 {
            let share = ClusterShare { cluster: id.clone(), before, replicas: *replicas, room: *room, rule };
            shares.push(share);
            continue;
        }
        let rule = rule.unwrap_or(ClusterRule::NotNeeded);
        let of =
            excluded.entry(rule).or_insert_with(|| ExcludedClusters { rule, count: 0, first: Vec::new() });
        of.count += 1;
        if of.first.len() < NAMED_MAX {
            of.first.push(id.clone());
        }
    }
    SpreadDecision {
        unplaced: spread.unplaced,
        clusters_lacking: spread.clusters_lacking,
        locations_lacking: spread.locations_lacking,
        shares,
        excluded: excluded.into_values().collect(),
    }
}

/// Why a cluster gets nothing, or nothing more; `None`: nothing speaks against it.
fn rule(
    world: &Federation,
    row: &FederatedRow,
    id: &ClusterId,
    (replicas, room): (u32, u32),
    some_wait: bool,
) -> Option<ClusterRule> {
    let cluster = world.cluster(id)?;
    match may(world, row, cluster, need(&row.spec, cluster).is_some()) {
        May::Stay(rule) | May::Frozen(rule) | May::Leave(rule) => Some(rule),
        May::Grow if cluster.heard().refused.contains_key(row.spec.id()) => Some(ClusterRule::Refused),
        May::Grow if replicas >= room && (room == 0 || some_wait) => {
            let key = (row.spec.id().clone(), id.clone());
            let found =
                matches!(world.found_full.get(&key), Some(crate::federation::world::FoundFull::Until(..)));
            Some(if found { ClusterRule::FoundFull } else { ClusterRule::Full })
        }
        May::Grow => None,
    }
}
