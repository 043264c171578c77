//! What an event changes. Total: a fact cannot be refused.

use super::row::{ClusterRow, FederatedRow};
use super::world::Federation;
use paceline_model::Instant;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{ClusterId, ClusterSpec, Event, FederatedWorkload};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Folds one event in.
pub(super) fn apply(world: &mut Federation, at: Instant, event: Event) {
    world.steps += 1;
    match event {
        Event::ClusterPut(spec) => put_cluster(world, at, spec),
        Event::ClusterRemoved(cluster) => remove_cluster(world, &cluster),
        Event::ClusterCordoned(cluster) => step(world, &cluster, |row| row.cordoned = true),
        Event::ClusterDrained { cluster, gone } => step(world, &cluster, |row| {
            (row.cordoned, row.draining, row.gone) = (true, true, gone);
        }),
        Event::ClusterUncordoned(cluster) => step(world, &cluster, |row| {
            (row.cordoned, row.draining, row.gone) = (false, false, false);
        }),
        Event::ClusterLost { cluster, since } => step(world, &cluster, |row| row.lost = Some(since)),
        Event::ClusterBack(cluster) => step(world, &cluster, |row| (row.lost, row.gone) = (None, false)),
        Event::WorkloadPut(spec) => put_workload(world, at, spec),
        Event::WorkloadRebalanced(workload) => of(world, &workload, |row| row.anew = true),
        Event::WorkloadEnding(workload) => {
            let step = world.steps;
            of(world, &workload, |row| {
                row.ending = true;
                replace(row, BTreeMap::new(), step);
            });
        }
        Event::WorkloadEnded(workload) => remove_workload(world, &workload),
        Event::WorkloadSpread { workload, replicas, decision } => {
            let step = world.steps;
            of(world, &workload, |row| {
                (row.anew, row.decision, row.finding.decision) = (false, Some(decision), None);
                replace(row, replicas.into_iter().collect(), step);
            });
        }
        Event::ShareSettled { workload, cluster } => {
            of(world, &workload, |row| _ = row.residue.remove(&cluster));
        }
    }
}

fn step(world: &mut Federation, cluster: &ClusterId, change: impl FnOnce(&mut ClusterRow)) {
    if let Some(row) = world.cluster_mut(cluster) {
        change(row);
    }
    world.touch_cluster(cluster);
}

fn put_cluster(world: &mut Federation, at: Instant, spec: Arc<ClusterSpec>) {
    let id = spec.id.clone();
    match world.cluster_mut(&id) {
        // Under another address nothing that was heard counts.
        Some(row) => {
            row.spec = spec;
            row.heard = Default::default();
            row.heard.since = at;
        }
        None => {
            let mut row = ClusterRow::new(spec);
            row.heard.since = at;
            world.clusters.insert(id.clone(), Arc::new(row));
        }
    }
    world.touch_cluster(&id);
}

fn remove_cluster(world: &mut Federation, cluster: &ClusterId) {
    world.changes.clusters.insert(cluster.clone());
    world.clusters.remove(cluster);
    world.found_full.retain(|(_, of), _| of != cluster);
    let has: Vec<WorkloadId> =
        world.workloads.iter().filter(|(_, row)| row.concerns(cluster)).map(|(id, _)| id.clone()).collect();
    for workload in has {
        of(world, &workload, |row| _ = row.residue.remove(cluster));
    }
}

fn put_workload(world: &mut Federation, at: Instant, spec: Arc<FederatedWorkload>) {
    let id = spec.id().clone();
    match world.workload_mut(&id) {
        Some(row) => {
            // Whoever changes how it is spread wants it spread so; whoever wants more or fewer wants no moves.
            row.anew |= row.spec.policy != spec.policy;
            row.spec = spec;
        }
        None => _ = world.workloads.insert(id.clone(), Arc::new(FederatedRow::new(spec, at))),
    }
    world.touched.insert(id);
}

fn remove_workload(world: &mut Federation, workload: &WorkloadId) {
    world.changes.workloads.insert(workload.clone());
    world.workloads.remove(workload);
    world.touched.remove(workload);
    world.waiting.remove(workload);
    world.found_full.retain(|(of, _), _| of != workload);
}

fn of(world: &mut Federation, workload: &WorkloadId, change: impl FnOnce(&mut FederatedRow)) {
    if let Some(row) = world.workload_mut(workload) {
        change(row);
    }
    world.touched.insert(workload.clone());
}

/// Clusters are to have other numbers: what they had and are not to have any more they may run until they say otherwise.
fn replace(row: &mut FederatedRow, replicas: BTreeMap<ClusterId, u32>, step: u64) {
    let had = std::mem::replace(&mut row.replicas, replicas);
    for (cluster, had) in had {
        let residue = row.residue.entry(cluster).or_default();
        *residue = had.max(*residue);
    }
    row.finding.lowered = step;
    let has = &row.replicas;
    row.residue.retain(|cluster, residue| *residue > has.get(cluster).copied().unwrap_or(0));
}
