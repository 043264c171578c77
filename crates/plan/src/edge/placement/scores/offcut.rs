//! Do not cut GPUs so that pieces are left over.

use crate::edge::placement::amounts::Amounts;
use crate::edge::placement::expected::Expected;
use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::task::Task;
use crate::solver::cutting_stock;
use std::collections::BTreeMap;

/// The grid of shares that GPUs are cut on, in thousandths: what asks for 815 counts as 820.
const GRID: usize = 10;

/// Cells of a whole GPU.
const CELLS: usize = 1000 / GRID;

/// *Offcut*: what the step wastes, seen from the demand to come. Sharing GPUs is cutting stock: the dual prices of the expected sizes say
/// what the free piece of a device is worth in whole GPUs (a piece of 190 that only rare small tasks fit is worth nothing, one of 530 half a
/// GPU where 470 is usual). Points: minus the worth that the device loses, in thousandths of a GPU, rounded to 10; tasks for whole or several
/// GPUs get 0. Of two devices the one is better that is left no less useful, so that 470 goes to 530 or to a whole GPU, and 320 to neither.
///
/// Work: two table look-ups a step, and once a linear program of as many rows as there are sizes. Source: ours, with
/// Gilmore and Gomory's prices. Known gap: CPU and memory are left out here; [`super::Balance`] is for them.
pub struct Offcut {
    /// By free cells of a device: its worth in thousandths of a GPU.
    worth: Vec<i32>,
}

impl Offcut {
    /// By the sizes of shares in `expected`.
    pub fn new(expected: &Expected) -> Self {
        let mut demand: BTreeMap<usize, f64> = BTreeMap::new();
        for (task, count) in expected.kinds().iter().filter(|(task, _)| task.devices == 1) {
            let cells = usize::from(task.device_milli).div_ceil(GRID).clamp(1, CELLS);
            *demand.entry(cells).or_default() += *count as f64;
        }
        let (sizes, counts): (Vec<usize>, Vec<f64>) = demand.into_iter().unzip();
        let prices = cutting_stock::prices(CELLS, &sizes, &counts);
        let values = cutting_stock::values(CELLS, &sizes, &prices);
        Self { worth: values.into_iter().map(|value| (value * 1000.0).round() as i32).collect() }
    }
    /// What `task` costs beyond its own shares, in thousandths of a GPU: 190 for 810 where nothing fills the rest, less than 0 for what fills
    /// waste, 0 for whole and several GPUs. Of a batch, who wastes least goes first.
    pub fn waste(&self, task: &Task) -> i32 {
        if task.devices != 1 || task.device_milli >= 1000 {
            return 0;
        }
        self.worth[usize::from(task.device_milli).div_ceil(GRID).min(CELLS)] - i32::from(task.device_milli)
    }
    fn worth(&self, free: &Amounts) -> i32 {
        let of = |milli: &u16| self.worth[(usize::from(*milli) / GRID).min(CELLS)];
        free.device_milli.iter().map(of).sum()
    }
}

impl Score for Offcut {
    fn points(&self, step: &Step<'_>) -> i32 {
        if step.task.devices != 1 || step.task.device_milli >= 1000 {
            return 0;
        }
        let lost = self.worth(step.before) - self.worth(step.after);
        -(lost + 5).div_euclid(10) * 10
    }
}
