//! Keep CPU where free GPUs will need it.

use crate::edge::placement::amounts::Amounts;
use crate::edge::placement::expected::Expected;
use crate::edge::placement::mix::{Score, Step};

/// Points are rounded down to this, in thousandths of a GPU, so that small differences leave the choice to the other scores.
const BUCKET: i64 = 100;

/// *Balance*: GPU shares that the step strands for want of CPU beyond those that it uses. A node's free shares are good for no more
/// than its free CPU will serve at the expected ratio of the two. Points: minus the shares lost beyond the task's own, in
/// thousandths of a GPU, rounded down to 100; more than 0 where a task that needs little CPU uses shares that had none.
///
/// Work: constant. Source: ours. Known gap: one ratio for all, memory and bandwidth are left out.
pub struct Balance {
    gpu: u64,
    cpu: u64,
}

impl Balance {
    /// By the ratio of GPU to CPU of the tasks with GPUs in `expected`; without any it says nothing.
    pub fn new(expected: &Expected) -> Self {
        let (gpu, cpu) = expected.gpu_and_cpu();
        Self { gpu, cpu }
    }
    fn served(&self, free: &Amounts) -> i64 {
        let shares: i64 = free.device_milli.iter().map(|milli| i64::from(*milli)).sum();
        let by_cpu = u128::from(free.cpu_milli) * u128::from(self.gpu) / u128::from(self.cpu.max(1));
        shares.min(i64::try_from(by_cpu).unwrap_or(i64::MAX))
    }
}

impl Score for Balance {
    fn points(&self, step: &Step<'_>) -> i32 {
        if self.cpu == 0 {
            return 0;
        }
        let kept = self.served(step.after) - self.served(step.before) + i64::from(step.task.gpu_milli());
        (kept.div_euclid(BUCKET) * BUCKET) as i32
    }
}
