//! Fragmentation gradient descent (FGD): keep free GPUs usable for typical tasks.

use crate::edge::placement::amounts::Amounts;
use crate::edge::placement::expected::Expected;
use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::rows::ClassRow;
use crate::edge::placement::task::Task;
use std::collections::{BTreeMap, BTreeSet};

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
        let typical = expected.typical();
        let mut cpu_steps: Vec<u32> = typical.iter().map(|(task, _)| task.cpu_milli).collect();
        cpu_steps.sort_unstable();
        cpu_steps.dedup();
        let of_one = typical.iter().filter(|(task, _)| task.devices == 1);
        let mut sizes: Vec<u16> = of_one.map(|(task, _)| task.device_milli).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let (columns, allowed) = columns(expected);
        let counting = Counting { typical, allowed: &allowed, cpu_steps: &cpu_steps };
        let size = |task: &Task| sizes.partition_point(|size| *size < task.device_milli) + 1;
        let single = counting.counts(sizes.len(), |task| (task.devices == 1).then(|| size(task)));
        let shape = |task: &Task| (task.devices, task.device_milli);
        let shapes: BTreeSet<(u8, u16)> =
            typical.iter().map(|(task, _)| shape(task)).filter(|(devices, _)| *devices > 1).collect();
        let several = shapes.into_iter().map(|of| {
            let tasks = counting.counts(0, |task| (shape(task) == of).then_some(0));
            Several { devices: usize::from(of.0), milli: of.1, tasks }
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
        let class = step.profile.class;
        (self.lost(class, step.before) - self.lost(class, step.after)) as f64 / self.tasks as f64
    }
    /// `F_n(M)` of a node of `class` with this free, in thousandths of a GPU.
    pub fn fragmented(&self, class: ClassRow, free: &Amounts) -> f64 {
        self.lost(class, free) as f64 / self.tasks as f64
    }
    /// Shares that typical tasks cannot use, in thousandths, summed over tasks.
    fn lost(&self, class: ClassRow, free: &Amounts) -> i64 {
        let total = free.device_milli.iter().map(|milli| i64::from(*milli)).sum::<i64>() * self.tasks;
        total - self.usable(usize::from(class.0), free)
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

/// Typical tasks, counted into tables.
struct Counting<'a> {
    typical: &'a [(Task, u64)],
    allowed: &'a [Vec<bool>],
    cpu_steps: &'a [u32],
}

impl Counting<'_> {
    /// By column, CPU step and step of `of`, from 0 to `steps`: tasks that are allowed and whose own steps are no higher. What `of` gives no
    /// step is not counted. Work: once each cell.
    fn counts(&self, steps: usize, of: impl Fn(&Task) -> Option<usize>) -> Vec<i64> {
        let (rows, width) = (self.cpu_steps.len() + 1, steps + 1);
        let mut counts = vec![0; self.allowed.len() * rows * width];
        for (table, allowed) in counts.chunks_mut(rows * width).zip(self.allowed) {
            let allowed = self.typical.iter().zip(allowed).filter(|(_, allowed)| **allowed);
            for ((task, count), _) in allowed {
                let Some(step) = of(task) else { continue };
                let cpu = self.cpu_steps.partition_point(|cpu| *cpu < task.cpu_milli) + 1;
                table[cpu * width + step] += *count as i64;
            }
            for at in (0..table.len()).filter(|at| at % width > 0) {
                table[at] += table[at - 1];
            }
            for at in width..table.len() {
                table[at] += table[at - width];
            }
        }
        counts
    }
}

/// For each class its column, and for each column which typical tasks are allowed.
fn columns(expected: &Expected) -> (Vec<u16>, Vec<Vec<bool>>) {
    let mut known: BTreeMap<Vec<bool>, u16> = BTreeMap::new();
    let of_class = |class: usize| {
        let column: Vec<bool> =
            expected.typical().iter().map(|(task, _)| Expected::allows(task, class)).collect();
        let next = known.len() as u16;
        *known.entry(column).or_insert(next)
    };
    let columns = (0..expected.classes()).map(of_class).collect();
    let mut allowed: Vec<(u16, Vec<bool>)> = known.into_iter().map(|(column, at)| (at, column)).collect();
    allowed.sort_unstable();
    (columns, allowed.into_iter().map(|(_, column)| column).collect())
}
