//! Keep kinds of node that some tasks must have.

use crate::edge::placement::cluster::Cluster;
use crate::edge::placement::expected::Expected;
use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::rows::ClassRow;

/// *Scarcity*: how sought after the node's class is by tasks that cannot go everywhere. The demand of such tasks is laid evenly over the
/// GPUs that they may use; the pressure on a class is that demand by its capacity, where all demand together fills the cluster.
/// Points: minus the pressure (0 to about 1) times the task's GPU shares in thousandths; 0 everywhere where no rule limits anything.
///
/// Work: one look-up a step. Source: ours. Known gap: CPU-only tasks are not steered.
pub struct Scarcity {
    /// By class, in thousandths.
    pressure: Vec<i64>,
}

impl Scarcity {
    /// The pressure of `expected` on the classes of `cluster`, by what its nodes have, free or not.
    pub fn new(expected: &Expected, cluster: &Cluster) -> Self {
        let shares = |row| {
            let profile = cluster.profile(row);
            (profile.class, profile.capacity.device_milli.iter().map(|milli| u64::from(*milli)).sum())
        };
        Self::of_shares(expected, cluster.rows().map(shares))
    }
    /// The pressure of `expected` on nodes, of each of which its class and its GPU shares in thousandths are given.
    pub(in crate::edge) fn of_shares(
        expected: &Expected,
        nodes: impl Iterator<Item = (ClassRow, u64)>,
    ) -> Self {
        let mut capacity = vec![0.0; expected.classes()];
        for (ClassRow(class), shares) in nodes {
            if let Some(class) = capacity.get_mut(usize::from(class)) {
                *class += shares as f64;
            }
        }
        let all: f64 = capacity.iter().sum();
        let scale = all / (expected.gpu_and_cpu().0.max(1) as f64);
        let mut pressure = vec![0.0; capacity.len()];
        for (task, count) in expected.kinds().iter().filter(|(task, _)| task.gpu_milli() > 0) {
            let allowed: Vec<usize> =
                (0..capacity.len()).filter(|class| Expected::allows(task, *class)).collect();
            let open: f64 = allowed.iter().map(|class| capacity[*class]).sum();
            if open > 0.0 && open < all {
                let demand = scale * f64::from(task.gpu_milli()) * *count as f64;
                allowed.into_iter().for_each(|class| pressure[class] += demand / open);
            }
        }
        Self { pressure: pressure.into_iter().map(|part| (part * 1000.0) as i64).collect() }
    }
}

impl Score for Scarcity {
    fn points(&self, step: &Step<'_>) -> i32 {
        let pressure = self.pressure.get(usize::from(step.profile.class.0)).copied().unwrap_or(0);
        -(pressure * i64::from(step.task.gpu_milli()) / 1000) as i32
    }
}
