//! Room for the more important: moves before evictions, and the least of these. Room by moves alone, for anybody.

use super::cluster::Cluster;
use super::placer::Placer;
use super::room::{Means, Replica, Room, cheapest};
use super::task::Task;

/// How room would be made for `task` of `priority` among `replicas`: those of lower priority move to where there is room, and where there
/// is none they are evicted, at the least cost, within the budgets of disruptions (evictions left, by row). `None` if that is not enough.
///
/// A proposal: the cluster is left as it was. It cannot go round in a circle: only a strictly lower priority gives way, and who is
/// moved takes free room. Work: all replicas once, then at most 32 nodes tried out. Source: after the preemption of kube-scheduler, which moves nothing.
pub fn preempt(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    priority: i32,
    replicas: &[Replica],
    budgets: &[u32],
) -> Option<Room> {
    let lower = |replica: &Replica| replica.priority < priority;
    let means = Means { replicas, touch: &lower, victims_max: usize::MAX, evict: Some(budgets) };
    cheapest(cluster, placer, task, &means)
}

/// How room would be made for `task` by moving at most `moves_max` replicas of one node, whatever their priority, so that nothing stops;
/// `None` if that is not enough. A proposal: the cluster is left as it was.
pub fn relocate(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    replicas: &[Replica],
    moves_max: usize,
) -> Option<Room> {
    let means = Means { replicas, touch: &|_| true, victims_max: moves_max, evict: None };
    cheapest(cluster, placer, task, &means)
}
