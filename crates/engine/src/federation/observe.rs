//! What clusters say of themselves: facts follow only where one is heard again, and where it has ended what it was to end.

use super::world::{Federation, FoundFull};
use crate::ledger::Draft;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::{CapacitySummary, ClusterId, Event};
use paceline_plan::edge::federation::Room;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What came of asking a cluster.
#[derive(Clone, Debug)]
pub struct ClusterReport {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Its summary, or why there is none.
    pub summary: Result<Arc<CapacitySummary>, String>,
    /// The step of the world by which it had been told, before it was asked; `None`: something that it was told may still be on its way, and what is not
    /// there may yet come.
    pub told_by: Option<u64>,
    /// What it would not take when it was told last, and why.
    pub refused: BTreeMap<WorkloadId, String>,
}

/// Takes one in.
pub(super) fn observe(world: &mut Federation, draft: &mut Draft<Federation>, report: ClusterReport) {
    let ClusterReport { cluster, summary, told_by, refused } = report;
    let now = world.now;
    let Some(row) = world.clusters.get_mut(&cluster).map(Arc::make_mut) else { return };
    world.changes.heard.insert(cluster.clone());
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            row.heard.error = Some(error);
            return;
        }
    };
    let is_first = row.heard.summary.is_none();
    let is_news = row.heard.summary.as_ref() != Some(&summary);
    (row.heard.at, row.heard.error) = (Some(now), None);
    if is_news {
        row.heard.room = Arc::new(Room::of(&summary));
        row.heard.summary = Some(summary.clone());
    }
    let newly_refused = row.heard.refused != refused;
    row.heard.refused = refused;
    let was_lost = row.lost.is_some();
    world.news |= is_news;
    if was_lost {
        draft.apply(world, [Event::ClusterBack(cluster.clone())]);
    }
    if is_first || newly_refused {
        world.touch_cluster(&cluster);
    }
    if let Some(step) = told_by {
        settle(world, draft, &cluster, &summary, step);
    }
    follow_full(world, &cluster, &summary);
}

/// What the cluster has ended.
fn settle(
    world: &mut Federation,
    draft: &mut Draft<Federation>,
    cluster: &ClusterId,
    summary: &CapacitySummary,
    told_by: u64,
) {
    let has_ended = |row: &super::FederatedRow| {
        let known = summary.workloads.get(row.spec.id()).map_or(0, |of| of.wanted.max(of.placed));
        row.residue.contains_key(cluster) && known <= row.of(cluster) && told_by >= row.finding.lowered
    };
    let ended: Vec<WorkloadId> =
        world.workloads().filter(|row| has_ended(row)).map(|row| row.spec.id().clone()).collect();
    for workload in ended {
        draft.apply(world, [Event::ShareSettled { workload: workload.clone(), cluster: cluster.clone() }]);
        let is_over = world.workload(&workload).is_some_and(|row| row.ending && row.residue.is_empty());
        draft.apply(world, is_over.then_some(Event::WorkloadEnded(workload)));
    }
}

/// Follows whether what a cluster was given has nodes there.
fn follow_full(world: &mut Federation, cluster: &ClusterId, summary: &CapacitySummary) {
    let (now, options) = (world.now, &world.options);
    let mut found = Vec::new();
    for (workload, row) in &world.workloads {
        let Some(target) = row.replicas.get(cluster) else { continue };
        let of = summary.workloads.get(workload).cloned().unwrap_or_default();
        let key = (workload.clone(), cluster.clone());
        let is_short = of.wanted == *target && of.placed < of.wanted;
        match world.found_full.get(&key) {
            None if is_short => _ = world.found_full.insert(key, FoundFull::Waiting(now)),
            Some(FoundFull::Waiting(_)) if !is_short => _ = world.found_full.remove(&key),
            Some(FoundFull::Waiting(since)) if now.since(*since).0 >= options.found_full_after.0 => {
                world.found_full.insert(key, FoundFull::Until(now + options.found_full_for, of.placed));
                found.push(workload.clone());
            }
            _ => {}
        }
    }
    world.touched.extend(found);
}
