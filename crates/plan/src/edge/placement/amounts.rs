//! Amounts of what a node has: all of it, what is free, or what is taken. Files on its disk are shared, so that what they take is the cluster's to say.

use super::rows::{Devices, Node};
use super::task::Task;
use paceline_model::limits::NODE_DEVICES_MAX;

/// Of a node's disk where room for files is not counted.
const UNCOUNTED: u32 = u32::MAX;

/// CPU, memory, PCIe bandwidth, disk, and shares and memory of each device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amounts {
    /// Thousandths of a CPU.
    pub cpu_milli: u32,
    /// Main memory.
    pub memory_mib: u32,
    /// Mbit/s.
    pub pcie_mbit: u32,
    /// Room for files; `u32::MAX` where that is not counted. Never part of what is taken.
    pub storage_mib: u32,
    /// Shares of each device in thousandths; 0 where there is no device.
    pub device_milli: [u16; NODE_DEVICES_MAX],
    /// Memory of each device; of one that is cut, its slots, a bit each: slices never share one, so that these add up like amounts do.
    pub device_memory_mib: [u32; NODE_DEVICES_MAX],
}

impl Amounts {
    /// All that `node` has.
    pub(super) fn capacity(node: &Node) -> Self {
        assert!(node.devices.len() <= NODE_DEVICES_MAX, "a node has at most {NODE_DEVICES_MAX} devices");
        let mut all = Self {
            cpu_milli: node.cpu_milli,
            memory_mib: node.memory_mib,
            pcie_mbit: node.pcie_mbit,
            storage_mib: node.storage_mib.unwrap_or(UNCOUNTED),
            ..Self::default()
        };
        for (at, device) in node.devices.iter().enumerate() {
            all.device_milli[at] = device.milli;
            all.device_memory_mib[at] = device.memory_mib;
        }
        all
    }
    /// Whether room for files is counted.
    pub(super) fn counts_storage(&self) -> bool {
        self.storage_mib != UNCOUNTED
    }
    /// What `task` takes on `devices`.
    pub(super) fn of(task: &Task, devices: Devices) -> Self {
        let mut taken = Self {
            cpu_milli: task.cpu_milli,
            memory_mib: task.memory_mib,
            pcie_mbit: task.pcie_mbit,
            ..Self::default()
        };
        for device in devices.iter() {
            taken.device_milli[device] = task.device_milli;
            taken.device_memory_mib[device] = of_each(task, devices);
        }
        taken
    }
    /// The sum.
    pub(super) fn plus(&self, other: &Self) -> Self {
        self.each(other, u32::saturating_add)
    }
    /// The difference, 0 where `other` is more.
    pub(super) fn less(&self, other: &Self) -> Self {
        self.each(other, u32::saturating_sub)
    }
    /// What is left of these when `task` takes its part on `devices`, which must fit: only what it takes is touched.
    #[must_use]
    pub fn after(&self, task: &Task, devices: Devices) -> Self {
        let mut left = *self;
        left.cpu_milli -= task.cpu_milli;
        left.memory_mib -= task.memory_mib;
        left.pcie_mbit -= task.pcie_mbit;
        for device in devices.iter() {
            left.device_milli[device] -= task.device_milli;
            left.device_memory_mib[device] -= of_each(task, devices);
        }
        left
    }
    /// What is left of these when `task` goes from `devices`.
    #[must_use]
    pub fn without(&self, task: &Task, devices: Devices) -> Self {
        self.less(&Self::of(task, devices))
    }
    /// Adds what `task` held on `devices`: only that is touched.
    pub(super) fn add(&mut self, task: &Task, devices: Devices) {
        self.cpu_milli += task.cpu_milli;
        self.memory_mib += task.memory_mib;
        self.pcie_mbit += task.pcie_mbit;
        for device in devices.iter() {
            self.device_milli[device] += task.device_milli;
            self.device_memory_mib[device] += of_each(task, devices);
        }
    }
    /// Without devices that `capacity` has no more.
    pub(super) fn without_lost(mut self, capacity: &Self) -> Self {
        for (milli, all) in self.device_milli.iter_mut().zip(&capacity.device_milli) {
            *milli = (*milli).min(*all);
        }
        for (memory, all) in self.device_memory_mib.iter_mut().zip(&capacity.device_memory_mib) {
            *memory = (*memory).min(*all);
        }
        self
    }
    /// Whether these amounts free hold `task`, whatever the rules say, whatever files are there, and
    /// whether or not its slice has a place.
    pub(super) fn fit(&self, task: &Task) -> bool {
        let fitting = || (0..NODE_DEVICES_MAX).filter(|at| self.device_fits(*at, task));
        self.cpu_milli >= task.cpu_milli
            && self.memory_mib >= task.memory_mib
            && self.pcie_mbit >= task.pcie_mbit
            && self.storage_mib >= task.file.mib
            && (task.devices == 0
                || task.slice.is_some()
                || fitting().nth(usize::from(task.devices) - 1).is_some())
    }
    /// Whether `other` is nowhere more.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.cpu_milli >= other.cpu_milli
            && self.memory_mib >= other.memory_mib
            && self.pcie_mbit >= other.pcie_mbit
            && (0..NODE_DEVICES_MAX).all(|at| {
                self.device_milli[at] >= other.device_milli[at]
                    && self.device_memory_mib[at] >= other.device_memory_mib[at]
            })
    }
    /// Whether `task` finds what it asks of one device on `device`.
    pub fn device_fits(&self, device: usize, task: &Task) -> bool {
        self.device_milli[device] >= task.device_milli
            && self.device_memory_mib[device] >= task.device_memory_mib
    }

    fn each(&self, other: &Self, combine: impl Fn(u32, u32) -> u32) -> Self {
        let milli = |at| combine(u32::from(self.device_milli[at]), u32::from(other.device_milli[at]));
        Self {
            cpu_milli: combine(self.cpu_milli, other.cpu_milli),
            memory_mib: combine(self.memory_mib, other.memory_mib),
            pcie_mbit: combine(self.pcie_mbit, other.pcie_mbit),
            storage_mib: combine(self.storage_mib, other.storage_mib),
            device_milli: std::array::from_fn(|at| milli(at).min(u32::from(u16::MAX)) as u16),
            device_memory_mib: std::array::from_fn(|at| {
                combine(self.device_memory_mib[at], other.device_memory_mib[at])
            }),
        }
    }
}

/// What `task` takes of the memory, or the slots, of each of `devices`.
fn of_each(task: &Task, devices: Devices) -> u32 {
    match devices.slots() {
        0 => task.device_memory_mib,
        slots => slots.into(),
    }
}
