//! What a node is, in numbers.

use paceline_model::limits::NODE_DEVICES_MAX;
use std::sync::Arc;

/// A node's row in its [`super::Cluster`]: dense, from 0, never given to another node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeRow(pub u32);

/// Nodes that every rule of the caller treats alike: same fingerprint, labels, taints, trust and health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassRow(pub u16);

/// A model of GPU, for scores that know watts or speed by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct GpuModelRow(pub u16);

/// Which of a mix's weightings holds on a node, by its place in the list that the mix was made of; 0 is the usual one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyRow(pub u8);

/// What one GPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Shares in thousandths: 1000 for a whole GPU that works, 0 for one that is lost or out of service.
    pub milli: u16,
    /// Memory as the driver reports it; of one that is cut, its slots, a bit each.
    pub memory_mib: u32,
}

impl Device {
    /// A GPU that is cut: it has no shares, and these slots, a bit each; none when it is lost.
    pub fn cut(slots: u16) -> Self {
        Self { milli: 0, memory_mib: slots.into() }
    }
    /// A GPU with all of its shares.
    pub fn whole(memory_mib: u32) -> Self {
        Self { milli: 1000, memory_mib }
    }
}

/// One way to cut a slice off a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// What a task asks for; devices of other models may know the same.
    pub profile: u16,
    /// How many slots it takes, 1 to 16.
    pub slots: u8,
    /// The slots at which it may start, a bit each.
    pub starts: u16,
    /// The memory of such a slice.
    pub memory_mib: u32,
}

impl Cut {
    /// The slots of each place that it may have, a bit each, from the lowest start on.
    pub fn places(self) -> impl Iterator<Item = u16> {
        let slots = (1_u32 << self.slots) - 1;
        (0..u16::BITS)
            .filter(move |start| self.starts >> start & 1 == 1)
            .map(move |start| (slots << start) as u16)
    }
}

/// What a node has, free or taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// What the caller's rules go by.
    pub class: ClassRow,
    /// What scores go by; its devices are of one model.
    pub gpu_model: GpuModelRow,
    /// Thousandths of a CPU.
    pub cpu_milli: u32,
    /// Main memory.
    pub memory_mib: u32,
    /// Bandwidth between CPU and GPUs, Mbit/s.
    pub pcie_mbit: u32,
    /// Room for files on its disk, MiB; `None`: that is not counted there.
    pub storage_mib: Option<u32>,
    /// At most [`paceline_model::limits::NODE_DEVICES_MAX`], in an order that stays: a device that is lost keeps its place with 0 shares.
    pub devices: Vec<Device>,
    /// How each of them is cut, by its place; none of one that is shared. `None`: none is cut.
    pub cuts: Option<Arc<Vec<Vec<Cut>>>>,
    /// Added to every score of this node: the caller's own terms that do not depend on the workload (heat, battery, network).
    pub points: i32,
}

/// A set of devices of one node, by their place in [`Node::devices`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Devices {
    set: u16,
    slots: u16,
}

impl Devices {
    /// No device: for workloads that need none.
    pub const NONE: Self = Self { set: 0, slots: 0 };

    /// With `device` too, which is below [`paceline_model::limits::NODE_DEVICES_MAX`].
    pub fn with(self, device: usize) -> Self {
        Self { set: self.set | 1 << device, ..self }
    }
    /// These slots, a bit each, of one device that is cut.
    pub fn slots_of(device: usize, slots: u16) -> Self {
        Self { slots, ..Self::NONE.with(device) }
    }
    /// The slots, a bit each; 0 where none is cut.
    pub fn slots(self) -> u16 {
        self.slots
    }
    /// Whether `device` is one of them.
    pub fn contains(self, device: usize) -> bool {
        device < NODE_DEVICES_MAX && self.set >> device & 1 == 1
    }
    /// How many.
    pub fn count(self) -> usize {
        self.set.count_ones() as usize
    }
    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..NODE_DEVICES_MAX).filter(move |device| self.contains(*device))
    }
}

/// Where a task goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The node.
    pub node: NodeRow,
    /// As many as the task asks for.
    pub devices: Devices,
    /// What the scores gave it.
    pub points: i32,
}
