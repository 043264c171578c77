//! Several replicas at once: all of them or none.

use super::cluster::Cluster;
use super::filter::Unplaceable;
use super::placer::Placer;
use super::rows::Placement;
use super::task::Task;
use std::fmt;

/// A gang that cannot be placed whole. Nothing of it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// How many of it have room at once, largest first.
    pub placed: usize,
    /// How many it has.
    pub asked: usize,
    /// The member, by its place in the gang, that has no room beside these.
    pub member: usize,
    /// Why.
    pub refusal: Unplaceable,
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} have room; for the next one: {}", self.placed, self.asked, self.refusal)
    }
}

impl std::error::Error for Incomplete {}

/// Places and takes all of `tasks`, largest first, since small ones fit what is left; placements stand in the order of `tasks`.
/// Serves a batch too: those that came together are packed better together.
///
/// Errors: [`Incomplete`]; then the cluster is as before. Known gap: greedy, so that a gang may be refused which a cleverer order would place.
pub fn place_gang(
    cluster: &mut Cluster,
    placer: &mut Placer,
    tasks: &[Task],
) -> Result<Vec<Placement>, Incomplete> {
    let mut placements: Vec<Option<Placement>> = vec![None; tasks.len()];
    for (placed, member) in largest_first(tasks).into_iter().enumerate() {
        match placer.find(cluster, &tasks[member]) {
            Ok(found) => {
                cluster.take(&tasks[member], &found).expect("it was found on this state");
                placements[member] = Some(found);
            }
            Err(refusal) => {
                for (task, placement) in tasks.iter().zip(&placements) {
                    placement.iter().for_each(|placement| cluster.give_back(task, placement));
                }
                return Err(Incomplete { placed, asked: tasks.len(), member, refusal });
            }
        }
    }
    Ok(placements.into_iter().flatten().collect())
}

/// The members by GPU shares, then CPU, largest first; equals as they came.
pub fn largest_first(tasks: &[Task]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    let size =
        |at: usize| (tasks[at].devices, tasks[at].gpu_milli(), tasks[at].cpu_milli, tasks[at].memory_mib);
    order.sort_by_key(|at| std::cmp::Reverse(size(*at)));
    order
}
