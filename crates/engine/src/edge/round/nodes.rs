//! A node in numbers: what it has, what is taken of it, and which product its GPUs are.

use crate::edge::row::{DeviceRow, NodeRow};
use paceline_model::Tag;
use paceline_model::edge::{Device as Listed, DeviceState};
use paceline_model::limits::MILLI_GPU_WHOLE;
use paceline_plan::edge::placement::scores::watts_of;
use paceline_plan::edge::placement::{Amounts, ClassRow, Device, GpuModelRow, Node};
use std::collections::BTreeMap;

/// Products of GPUs, each with its row.
#[derive(Default)]
pub(super) struct Products<'a>(BTreeMap<&'a Tag, u16>);

impl<'a> Products<'a> {
    /// A node's GPUs are of one product, or stand with the first of them.
    pub(super) fn of(&mut self, node: &'a NodeRow) -> GpuModelRow {
        let next = self.0.len() as u16;
        let product = node.spec.devices.first().map(|device| &device.product);
        GpuModelRow(product.map_or(0, |product| *self.0.entry(product).or_insert(next)))
    }
    /// By row.
    pub(super) fn watts(&self) -> Vec<(u32, u32)> {
        let mut watts = vec![(0, 0); self.0.len()];
        self.0.iter().for_each(|(product, row)| watts[usize::from(*row)] = watts_of(product.as_str()));
        watts
    }
}

/// What a node has.
pub(super) fn node(row: &NodeRow, class: ClassRow, gpu_model: GpuModelRow) -> Node {
    let device = |(listed, known): (&Listed, &DeviceRow)| Device {
        milli: if known.state == DeviceState::Serving { MILLI_GPU_WHOLE } else { 0 },
        memory_mib: whole(listed.memory.0),
    };
    let has = &row.spec.allocatable;
    Node {
        class,
        gpu_model,
        cpu_milli: has.cpu.0,
        memory_mib: whole(has.memory.0),
        pcie_mbit: has.pcie.0,
        storage_mib: has.storage.map(|storage| whole(storage.0)),
        devices: row.spec.devices.iter().zip(&row.devices).map(device).collect(),
        points: 0,
    }
}

/// What is taken on a node, on devices that it has.
pub(super) fn taken(row: &NodeRow) -> Amounts {
    let used = row.used();
    let mut taken = Amounts {
        cpu_milli: used.cpu,
        memory_mib: whole(used.memory),
        pcie_mbit: used.pcie,
        ..Amounts::default()
    };
    if !used.devices.is_empty() {
        for (at, device) in row.spec.devices.iter().enumerate() {
            let (milli, memory) = used.devices.get(&device.uuid).copied().unwrap_or_default();
            (taken.device_milli[at], taken.device_memory_mib[at]) = (milli, whole(memory));
        }
    }
    taken
}

/// MiB as the solver counts them: the largest amount of the model fits.
pub(super) fn whole(mebibytes: u64) -> u32 {
    u32::try_from(mebibytes).unwrap_or(u32::MAX)
}
