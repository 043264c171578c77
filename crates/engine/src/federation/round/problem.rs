//! What is to be decided: workloads of which something may be another than before, and how each cluster stands to them.

use super::RoundSummary;
use crate::federation::row::{ClusterRow, FederatedRow};
use crate::federation::world::{Federation, FoundFull};
use paceline_model::Version;
use paceline_model::edge::VersionReq;
use paceline_model::edge::{Precision, WorkloadId};
use paceline_model::federation::{CapacitySummary, ClusterRule, FederatedWorkload};
use paceline_plan::edge::federation::{Cluster, May, Need, Place, Problem, Rules, Workload};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Workloads of one round at most: some 100,000 places with 500 clusters. The others follow in the next.
const ASKED_MAX: usize = 200;

/// The next round, if there is anything to decide. While a cluster may answer any moment it is waited for: nothing goes elsewhere for want of a second.
pub(in crate::federation) fn problem(
    world: &mut Federation,
    version: Version,
) -> Option<(Box<Problem>, RoundSummary)> {
    if world.clusters().any(|row| row.is_expected()) {
        return None;
    }
    let mut touched: Vec<Arc<FederatedRow>> =
        world.touched.iter().filter_map(|id| world.workload(id).cloned()).filter(|row| !row.ending).collect();
    touched.sort_by_key(|row| (std::cmp::Reverse(row.spec.workload.priority), row.spec.id().clone()));
    touched.truncate(ASKED_MAX);
    let asked: Vec<WorkloadId> = touched.iter().map(|row| row.spec.id().clone()).collect();
    // Whoever has ended, or is not known, is not looked at again.
    world.touched.retain(|id| world.workloads.get(id).is_some_and(|row| !row.ending) && !asked.contains(id));
    if touched.is_empty() {
        return None;
    }
    let clusters: Vec<Arc<ClusterRow>> = world.clusters().cloned().collect();
    let workloads = touched.iter().enumerate();
    let workloads = workloads.map(|(number, row)| workload(world, &clusters, row, number)).collect();
    let round = RoundSummary {
        asked: touched.iter().map(|row| (row.spec.id().clone(), row.spec.clone())).collect(),
        clusters: clusters.iter().map(|row| row.spec.id.clone()).collect(),
        ..RoundSummary::default()
    };
    Some((Box::new(Problem { version, clusters: located(&clusters), workloads }), round))
}

fn located(clusters: &[Arc<ClusterRow>]) -> Vec<Cluster> {
    let mut numbers = BTreeMap::new();
    let number = |row: &Arc<ClusterRow>| {
        let next = numbers.len();
        // A cluster that says no location is one of its own.
        let of = row
            .spec
            .location
            .as_ref()
            .map_or_else(|| (true, row.spec.id.to_string()), |location| (false, location.to_string()));
        let location = *numbers.entry(of).or_insert(next);
        Cluster { location, room: row.heard().room.clone() }
    };
    clusters.iter().map(number).collect()
}

fn workload(world: &Federation, clusters: &[Arc<ClusterRow>], row: &FederatedRow, number: usize) -> Workload {
    let (spec, policy) = (&row.spec.workload, &row.spec.policy);
    let rules = Rules {
        division: policy.division,
        per_cluster_min: policy.per_cluster.least.unwrap_or(0),
        per_cluster_max: policy.per_cluster.most,
        clusters_min: policy.cluster_count.least.unwrap_or(0),
        clusters_max: policy.cluster_count.most,
        locations_min: policy.location_count.least.unwrap_or(0),
        locations_max: policy.location_count.most,
        gang: spec.gang,
    };
    let places = clusters.iter().map(|cluster| place(world, row, cluster)).collect();
    Workload { number, wanted: spec.replicas, rules, steady: !row.anew, places }
}

fn place(world: &Federation, row: &FederatedRow, cluster: &ClusterRow) -> Place {
    let (workload, id) = (row.spec.id(), &cluster.spec.id);
    let now = row.of(id);
    let known = cluster.of_workload(workload).unwrap_or_default();
    let held = known.placed.min(row.residue_of(id)).saturating_sub(now);
    let full = world.found_full.get(&(workload.clone(), id.clone()));
    let seen = match full {
        Some(FoundFull::Until(_, placed)) => Some(*placed),
        _ => None,
    };
    let most = if cluster.heard().refused.contains_key(workload) { Some(known.wanted) } else { seen };
    let need = need(&row.spec, cluster);
    let may = may(world, row, cluster, need.is_some());
    Place { now, held, may, weight: row.spec.policy.weight(id), most, need: need.unwrap_or_default() }
}

/// What a cluster may have of a workload.
pub(super) fn may(world: &Federation, row: &FederatedRow, cluster: &ClusterRow, has_variant: bool) -> May {
    let (policy, id) = (&row.spec.policy, &cluster.spec.id);
    let has = row.of(id) > 0;
    let is_chosen = (policy.clusters.is_empty() || policy.clusters.contains(id))
        && (policy.locations.is_empty()
            || cluster.spec.location.as_ref().is_some_and(|of| policy.locations.contains(of)));
    let kept = |rule| if has { May::Stay(rule) } else { May::Leave(rule) };
    if cluster.gone {
        return May::Leave(ClusterRule::Gone);
    }
    if cluster.lost.is_some() || cluster.heard().summary.is_none() {
        return out_of_reach(world, row, cluster, is_chosen);
    }
    match cluster.of_workload(row.spec.id()) {
        _ if !is_chosen => May::Leave(ClusterRule::NotChosen),
        _ if cluster.draining => May::Leave(ClusterRule::Draining),
        Some(known) if known.wanted > 0 && !row.concerns(id) => May::Leave(ClusterRule::NameTaken),
        _ if cluster.cordoned => kept(ClusterRule::Cordoned),
        _ if !has_variant => kept(ClusterRule::NoVariant),
        _ => May::Grow,
    }
}

/// What a cluster has that cannot be told: what must never run twice, and what its owner would rather leave alone, stays its own.
fn out_of_reach(world: &Federation, row: &FederatedRow, cluster: &ClusterRow, is_chosen: bool) -> May {
    let rule = if cluster.lost.is_some() { ClusterRule::Unreachable } else { ClusterRule::Unheard };
    let spec = &row.spec.workload;
    let waited = cluster.lost.map(|since| world.now.since(since));
    let is_over = match (waited, row.spec.policy.replace_after()) {
        (Some(waited), Some(after)) => waited.0 >= after.0,
        _ => false,
    };
    let may_double = !spec.single && (is_over || cluster.draining || !is_chosen);
    if row.of(&cluster.spec.id) == 0 || may_double { May::Leave(rule) } else { May::Frozen(rule) }
}

/// What one replica takes in a cluster: as the most wanted of its variants that is registered there. `None`: none is.
pub(super) fn need(spec: &FederatedWorkload, cluster: &ClusterRow) -> Option<Need> {
    let requests = &spec.workload.requests;
    let version = spec.policy.versions.get(&cluster.spec.id).unwrap_or(&spec.workload.version);
    let summary = cluster.heard().summary.as_ref()?;
    let memory = spec.workload.precisions().find_map(|of| memory_mib(summary, spec, version, of))?;
    // A slice is no share: where slices are free is not summed up, and is found out there.
    let is_sliced = spec.workload.slice.is_some();
    Some(Need {
        cpu_milli: requests.cpu.0,
        memory_mib: requests.memory.0,
        gpus: if is_sliced { 0 } else { requests.gpus },
        milli_gpu: requests.milli_gpu.0,
        gpu_memory_mib: memory,
    })
}

/// Memory of the newest version's variant that is asked for, as a cluster takes the newest that fits.
fn memory_mib(
    summary: &CapacitySummary,
    spec: &FederatedWorkload,
    version: &VersionReq,
    precision: Precision,
) -> Option<u64> {
    let variants = summary.models.get(&spec.workload.model)?.variants.iter();
    let fitting = variants.filter(|of| of.precision == precision && version.matches(&of.version));
    fitting.max_by(|a, b| a.version.cmp(&b.version)).map(|of| of.memory_mib)
}
