//! What one replica of a workload asks for, in numbers.

use super::rows::ClassRow;

/// What the caller's rules say of one workload on nodes of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No rule is against it.
    Allowed,
    /// Nor is any, and so many MiB that it needs are on these nodes already.
    Present(u32),
    /// The caller's rule of this number is.
    Refused(u8),
}

/// A file that a task needs on its node's disk. All tasks there that need the same one share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Which; the same number is the same file, of the same size.
    pub number: u32,
    /// Its size in MiB; 0: none is needed.
    pub mib: u32,
}

/// One replica's demand. Workloads with equal demand are one to the solver, which keeps what it has worked out for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Thousandths of a CPU.
    pub cpu_milli: u32,
    /// Main memory.
    pub memory_mib: u32,
    /// Bandwidth between CPU and GPUs, Mbit/s.
    pub pcie_mbit: u32,
    /// GPUs, all on one node; 0 for a workload that needs none.
    pub devices: u8,
    /// Shares of each of these GPUs in thousandths, at most 1000.
    pub device_milli: u16,
    /// Memory on each of these GPUs.
    pub device_memory_mib: u32,
    /// What it needs on the node's disk.
    pub file: File,
    /// The profile of the slice that it asks for of one device, which it needs no shares of.
    pub slice: Option<u16>,
    /// By class of node. Empty: allowed everywhere. A class beyond its end is refused by [`super::Rule::UnknownClass`]: what nobody
    /// has judged is not allowed.
    pub verdicts: Vec<Verdict>,
}

impl Task {
    /// What the rules say of nodes of `class`; `None` if nobody has judged it.
    pub fn verdict(&self, class: ClassRow) -> Option<Verdict> {
        if self.verdicts.is_empty() {
            return Some(Verdict::Allowed);
        }
        self.verdicts.get(usize::from(class.0)).copied()
    }
    /// Whether the rules allow it on nodes of `class`.
    pub fn allows(&self, class: ClassRow) -> bool {
        matches!(self.verdict(class), Some(Verdict::Allowed | Verdict::Present(_)))
    }
    /// Shares of all GPUs together, in thousandths.
    pub fn gpu_milli(&self) -> u32 {
        u32::from(self.devices) * u32::from(self.device_milli)
    }
}
