//! What rules and scores know of a node beside what is free on it.

use super::amounts::Amounts;
use super::readings::Readings;
use super::rows::{ClassRow, Cut, Device, GpuModelRow, Node, PolicyRow};
use paceline_model::limits::NODE_DEVICES_MAX;
use std::sync::Arc;

/// What stays of a node while work comes and goes. Nodes alike share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile {
    /// What the caller's rules go by.
    pub class: ClassRow,
    /// What scores go by.
    pub gpu_model: GpuModelRow,
    /// The caller's points for the node.
    pub points: i32,
    /// Which weights hold there.
    pub policy: PolicyRow,
    /// What it reports of itself.
    pub readings: Readings,
    /// Files on its disk by number, ascending; none where room for them is not counted.
    pub files: Vec<u32>,
    /// How its devices are cut.
    pub cuts: Option<Arc<Vec<Vec<Cut>>>>,
    /// All that it has.
    pub capacity: Amounts,
}

impl From<&Node> for Profile {
    /// Of a node that has reported nothing, under the usual weights.
    fn from(node: &Node) -> Self {
        Self {
            class: node.class,
            gpu_model: node.gpu_model,
            points: node.points,
            policy: PolicyRow::default(),
            readings: Readings::default(),
            files: Vec::new(),
            cuts: node.cuts.clone(),
            capacity: Amounts::capacity(node),
        }
    }
}

impl Profile {
    /// The node that has this.
    pub(super) fn describe(&self) -> Node {
        let all = &self.capacity;
        let device =
            |at: usize| Device { milli: all.device_milli[at], memory_mib: all.device_memory_mib[at] };
        let mut devices: Vec<Device> = (0..NODE_DEVICES_MAX).map(device).collect();
        while devices.last() == Some(&Device { milli: 0, memory_mib: 0 }) {
            devices.pop();
        }
        Node {
            class: self.class,
            gpu_model: self.gpu_model,
            cpu_milli: all.cpu_milli,
            memory_mib: all.memory_mib,
            pcie_mbit: all.pcie_mbit,
            storage_mib: all.counts_storage().then_some(all.storage_mib),
            devices,
            cuts: self.cuts.clone(),
            points: self.points,
        }
    }
}
