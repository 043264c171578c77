//! What a move frees, in what users of a cluster count: GPUs that are wholly free, and shares that usual work can use.

use super::cluster::Cluster;
use super::expected::Expected;
use super::profile::Profile;
use super::rows::Placement;
use super::scores::Fragmentation;
use super::task::Task;
use super::{Amounts, NodeRow};

/// Shares of a whole GPU.
const WHOLE: u16 = 1000;

/// What one move frees, less what it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// GPUs that are wholly free since, less those that no longer are.
    pub gpus: i32,
    /// Thousandths of GPUs that typical tasks can use since and could not before: by how much `F_n(M)` falls.
    pub usable_milli: i64,
}

impl Freed {
    /// Whether nothing is worse than before.
    pub fn is_no_loss(&self) -> bool {
        self.gpus >= 0 && self.usable_milli >= 0
    }
}

/// How the GPUs of a cluster stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usable {
    /// GPUs that are wholly free.
    pub gpus: u32,
    /// Free shares in thousandths that a typical task cannot use where they are: `F_n(M)` summed over nodes.
    pub fragmented_milli: i64,
}

/// Measures what is free by what is typically asked for.
///
/// Source: Weng et al., *Beware of Fragmentation*, ATC 2023, section 4: `F_n(M)` is the mean, over typical tasks `M` by how often each is
/// asked for, of the free shares of node `n` that the task could not use.
pub struct Measure(Fragmentation);

impl Measure {
    /// By the typical ones of `expected`.
    pub fn new(expected: &Expected) -> Self {
        Self(Fragmentation::new(expected))
    }
    /// All nodes in service.
    pub fn usable(&self, cluster: &Cluster) -> Usable {
        let mut all = Usable::default();
        for node in cluster.rows() {
            let (gpus, fragmented) =
                cluster.free(node).map_or((0, 0), |free| self.node(cluster.profile(node), free));
            all.gpus += gpus as u32;
            all.fragmented_milli += fragmented;
        }
        all
    }
    /// What it frees that `task`, which holds `from`, goes to `to`, which has room for it.
    pub fn freed(&self, cluster: &Cluster, task: &Task, from: &Placement, to: &Placement) -> Freed {
        let left = |node: NodeRow| -> Option<Freed> {
            let (profile, before) = (cluster.profile(node), cluster.free(node)?);
            let mut after = *before;
            if to.node == node {
                after = after.after(task, to.devices);
            }
            if from.node == node {
                after.add(task, from.devices);
                after = after.without_lost(&profile.capacity);
            }
            let (gpus_before, fragmented_before) = self.node(profile, before);
            let (gpus_after, fragmented_after) = self.node(profile, &after);
            Some(Freed { gpus: gpus_after - gpus_before, usable_milli: fragmented_before - fragmented_after })
        };
        let there = left(to.node).unwrap_or_default();
        let here = left(from.node).filter(|_| from.node != to.node).unwrap_or_default();
        Freed { gpus: there.gpus + here.gpus, usable_milli: there.usable_milli + here.usable_milli }
    }

    /// Whole GPUs, and shares that are fragmented.
    fn node(&self, profile: &Profile, free: &Amounts) -> (i32, i64) {
        let whole = free.device_milli.iter().filter(|milli| **milli == WHOLE).count();
        (whole as i32, self.0.fragmented(profile.class, free).round() as i64)
    }
}
