//! Which clusters cannot be reached, and what has been waited for long enough.

use super::world::{Federation, FoundFull};
use paceline_model::edge::WorkloadId;
use paceline_model::federation::Event;
use std::sync::Arc;

/// Clusters that have said nothing for too long.
pub(super) fn lost(world: &Federation) -> Vec<Event> {
    let is_lost = |row: &&Arc<super::ClusterRow>| {
        let spoke = row.heard.at.unwrap_or(row.heard.since);
        row.lost.is_none() && world.now.since(spoke).0 >= world.options.lost_after.0
    };
    let lost = world.clusters().filter(is_lost).map(|row| Event::ClusterLost {
        cluster: row.spec.id.clone(),
        since: row.heard.at.unwrap_or(row.heard.since),
    });
    lost.collect()
}

/// What clusters that cannot be reached have had for so long that it is to run elsewhere.
pub(super) fn overdue(world: &mut Federation) {
    let now = world.now;
    let mut due: Vec<WorkloadId> = Vec::new();
    for (cluster, since) in world.clusters().filter_map(|row| Some((&row.spec.id, row.lost?))) {
        let is_due = |row: &super::FederatedRow| {
            let after = row.spec.policy.replace_after();
            row.of(cluster) > 0 && after.is_some_and(|after| now.since(since).0 >= after.0)
        };
        due.extend(world.workloads().filter(|row| is_due(row)).map(|row| row.spec.id().clone()));
    }
    world.touched.extend(due);
}

/// Clusters that were found full long enough ago count as anything else again.
pub(super) fn forget_full(world: &mut Federation) {
    let now = world.now;
    let mut over = Vec::new();
    world.found_full.retain(|(workload, _), found| {
        let is_over = matches!(found, FoundFull::Until(until, _) if *until <= now);
        if is_over {
            over.push(workload.clone());
        }
        !is_over
    });
    world.touched.extend(over);
    if std::mem::take(&mut world.news) {
        world.touched.append(&mut world.waiting);
    }
}
