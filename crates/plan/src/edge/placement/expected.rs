//! What is expected to be asked for: the distribution that scores look ahead by.

use super::rows::ClassRow;
use super::task::{File, Task};
use std::collections::BTreeMap;

/// The part of all tasks that the typical ones cover (Weng et al., ATC 2023, section 4.1).
const TYPICAL_PERCENT: u64 = 95;

/// Kinds of task and how often each is asked for, the most frequent first. Kinds differ in CPU, GPU shares and verdicts; memory, files and
/// bandwidth are left out, as in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    kinds: Vec<(Task, u64)>,
}

impl Expected {
    /// As often as they stand in `tasks`: those that run now, or that came of late.
    pub fn of<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        Self::counted(tasks.into_iter().map(|task| (task.clone(), 1)))
    }
    /// As often as it is said of each.
    pub fn counted(tasks: impl IntoIterator<Item = (Task, u64)>) -> Self {
        let mut counts: BTreeMap<Task, u64> = BTreeMap::new();
        for (task, count) in tasks {
            let kind =
                Task { memory_mib: 0, pcie_mbit: 0, device_memory_mib: 0, file: File::default(), ..task };
            *counts.entry(kind).or_default() += count;
        }
        let mut kinds: Vec<_> = counts.into_iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Self { kinds }
    }
    /// All kinds.
    pub fn kinds(&self) -> &[(Task, u64)] {
        &self.kinds
    }
    /// The most frequent kinds that together cover 95 % of all tasks.
    pub fn typical(&self) -> &[(Task, u64)] {
        let all: u64 = self.kinds.iter().map(|(_, count)| count).sum();
        let mut covered = 0;
        let needed = self.kinds.iter().take_while(|(_, count)| {
            let open = covered * 100 < all * TYPICAL_PERCENT;
            covered += count;
            open
        });
        &self.kinds[..needed.count()]
    }
    /// Classes that any of them has a verdict on, at least 1: a class beyond is like the last one.
    pub(super) fn classes(&self) -> usize {
        self.kinds.iter().map(|(task, _)| task.verdicts.len()).max().unwrap_or(0).max(1)
    }
    /// GPU shares (thousandths) and CPU (thousandths) that all tasks with GPUs ask for.
    pub(super) fn gpu_and_cpu(&self) -> (u64, u64) {
        let with_gpu = self.kinds.iter().filter(|(task, _)| task.gpu_milli() > 0);
        with_gpu.fold((0, 0), |(gpu, cpu), (task, count)| {
            (gpu + count * u64::from(task.gpu_milli()), cpu + count * u64::from(task.cpu_milli))
        })
    }
    /// Whether a task may go to nodes of `class`; one without verdicts may go anywhere.
    pub(super) fn allows(task: &Task, class: usize) -> bool {
        task.allows(ClassRow(class as u16))
    }
}
