//! Fragmentation gradient descent (FGD): keep free GPUs usable for typical tasks.

use crate::edge::placement::amounts::Amounts;
use crate::edge::placement::expected::Expected;
use crate::edge::placement::mix::{Score, Step};

/// Shares of a whole GPU.
const WHOLE: usize = 1000;

/// *FGD*: `int(100 · sigmoid(Δ / 1000))`, where Δ is by how much the step lowers the GPU shares (thousandths) that a typical task
/// could not use on this node. Points: 0 to 100; 50 changes nothing, and around it one point is 40 thousandths of a GPU.
///
/// For a typical task m, shares free on a node are fragmented if m does not fit there (all of them) or lie on devices with less than m
/// asks for (those); the node's fragmentation is the mean over typical tasks by frequency. Counted in whole numbers, so
/// that the order of summing changes no score. Work: one table look-up for each device.
///
/// Source: Weng et al., *Beware of Fragmentation*, ATC 2023. The gain hangs on the coarse score and one fixed order among equals.
pub struct Fragmentation {
    /// Tasks that the typical ones stand for.
    tasks: i64,
    /// CPU that typical tasks ask for, ascending, without doubles.
    cpu_steps: Vec<u32>,
    /// By free shares: how many of the sizes below are no larger.
    size_steps: Vec<u16>,
    sizes: usize,
    /// By column, CPU step and size step: tasks for one GPU that ask for no more than either.
    single: Vec<i64>,
    /// Demands for several GPUs, each with its weight by column and CPU step.
    several: Vec<Several>,
    /// By class: classes that the same typical tasks may go to share a column.
    columns: Vec<u16>,
}

struct Several {
    devices: usize,
    milli: u16,
    tasks: Vec<i64>,
}

impl Fragmentation {
    /// For the typical ones of `expected`.
    pub fn new(expected: &Expected) -> Self {
        let typical: Vec<_> = expected.typical().to_vec();
        let mut cpu_steps: Vec<u32> = typical.iter().map(|(task, _)| task.cpu_milli).collect();
        cpu_steps.sort_unstable();
        cpu_steps.dedup();
        let mut sizes: Vec<u16> =
            typical.iter().filter(|(task, _)| task.devices == 1).map(|(task, _)| task.device_milli).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let (columns, allowed) = columns(expected);
        let fitting = |fits: &dyn Fn(usize, u32) -> i64| {
            let steps = 0..=cpu_steps.len();
            let cpu = |step: usize| step.checked_sub(1).map(|at| cpu_steps[at]);
            let by_column = |column: usize| steps.clone().map(move |step| (column, cpu(step)));
            (0..allowed.len())
                .flat_map(by_column)
                .map(|(column, cpu)| cpu.map_or(0, |cpu| fits(column, cpu)))
                .collect::<Vec<i64>>()
        };
        let count = |column: usize, cpu: u32, of: &dyn Fn(usize) -> bool| {
            let within = |at: &usize| allowed[column][*at] && typical[*at].0.cpu_milli <= cpu && of(*at);
            (0..typical.len()).filter(within).map(|at| typical[at].1 as i64).sum::<i64>()
        };
        let by_size: Vec<Vec<i64>> = (0..=sizes.len())
            .map(|size| {
                let small = |at: usize| {
                    typical[at].0.devices == 1 && sizes[..size].contains(&typical[at].0.device_milli)
                };
                fitting(&|column, cpu| count(column, cpu, &small))
            })
            .collect();
        let single =
            (0..by_size[0].len()).flat_map(|at| by_size.iter().map(move |of_size| of_size[at])).collect();
        let mut shapes: Vec<(u8, u16)> = typical
            .iter()
            .map(|(task, _)| (task.devices, task.device_milli))
            .filter(|shape| shape.0 > 1)
            .collect();
        shapes.sort_unstable();
        shapes.dedup();
        let several = shapes.into_iter().map(|shape| {
            let same = |at: usize| (typical[at].0.devices, typical[at].0.device_milli) == shape;
            let tasks = fitting(&|column, cpu| count(column, cpu, &same));
            Several { devices: usize::from(shape.0), milli: shape.1, tasks }
        });
        let several = several.collect();
        let size_steps = (0..=WHOLE)
            .map(|milli| sizes.partition_point(|size| usize::from(*size) <= milli) as u16)
            .collect();
        let tasks = typical.iter().map(|(_, count)| *count as i64).sum::<i64>().max(1);
        Self { tasks, cpu_steps, size_steps, sizes: sizes.len(), single, several, columns }
    }
    /// Shares that typical tasks can use on a node of `class`, in thousandths, summed over tasks.
    fn usable(&self, class: usize, free: &Amounts) -> i64 {
        let column = usize::from(self.columns[class.min(self.columns.len() - 1)]);
        let step = self.cpu_steps.partition_point(|cpu| *cpu <= free.cpu_milli);
        let at = column * (self.cpu_steps.len() + 1) + step;
        let single = &self.single[at * (self.sizes + 1)..(at + 1) * (self.sizes + 1)];
        let mut usable = 0;
        for &milli in free.device_milli.iter().filter(|milli| **milli > 0) {
            let size = self.size_steps[usize::from(milli).min(WHOLE)];
            usable += i64::from(milli) * single[usize::from(size)];
        }
        for several in &self.several {
            usable += several.tasks[at] * several.usable(free);
        }
        usable
    }
    /// Δ in thousandths of a GPU.
    pub fn gain(&self, step: &Step<'_>) -> f64 {
        let total = |free: &Amounts| {
            free.device_milli.iter().map(|milli| i64::from(*milli)).sum::<i64>() * self.tasks
        };
        let class = usize::from(step.profile.class.0);
        let before = total(step.before) - self.usable(class, step.before);
        let after = total(step.after) - self.usable(class, step.after);
        (before - after) as f64 / self.tasks as f64
    }
}

impl Several {
    fn usable(&self, free: &Amounts) -> i64 {
        let fitting = free.device_milli.iter().filter(|milli| **milli >= self.milli);
        let (devices, milli) =
            fitting.fold((0, 0), |(devices, sum), milli| (devices + 1, sum + i64::from(*milli)));
        if devices >= self.devices { milli } else { 0 }
    }
}

impl Score for Fragmentation {
    fn points(&self, step: &Step<'_>) -> i32 {
        sigmoid_points(self.gain(step))
    }
}

/// `int(100 · sigmoid(gain / 1000))`.
pub(crate) fn sigmoid_points(gain: f64) -> i32 {
    (100.0 / (1.0 + (-gain / 1000.0).exp())) as i32
}

/// For each class its column, and for each column which typical tasks are allowed.
fn columns(expected: &Expected) -> (Vec<u16>, Vec<Vec<bool>>) {
    let mut allowed: Vec<Vec<bool>> = Vec::new();
    let of_class = |class: usize| {
        let column: Vec<bool> =
            expected.typical().iter().map(|(task, _)| Expected::allows(task, class)).collect();
        let known = allowed.iter().position(|known| *known == column);
        known.unwrap_or_else(|| {
            allowed.push(column);
            allowed.len() - 1
        }) as u16
    };
    ((0..expected.classes()).map(of_class).collect(), allowed)
}
