//! A node in numbers: what it has, what is taken of it, and which product its GPUs are.

use crate::edge::row::{DeviceRow, NodeRow};
use paceline_model::Tag;
use paceline_model::edge::{Device as Listed, DeviceState, SliceProfile};
use paceline_model::limits::MILLI_GPU_WHOLE;
use paceline_plan::edge::placement::scores::watts_of;
use paceline_plan::edge::placement::{Amounts, ClassRow, Cut, Device, GpuModelRow, Node};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// Profiles of slices by name, numbered in the order in which nodes have them.
pub(super) type Profiles = BTreeMap<Tag, u16>;

/// The profiles that any node knows.
pub(super) fn profiles<'a>(nodes: impl Iterator<Item = &'a NodeRow>) -> Profiles {
    let mut all = Profiles::new();
    for profile in nodes.flat_map(|row| &row.spec.devices).flat_map(|device| &device.slices) {
        // What is beyond is known to no node.
        let Some(next) = u16::try_from(all.len()).ok().filter(|next| *next < u16::MAX) else { break };
        all.entry(profile.name.clone()).or_insert(next);
    }
    all
}

/// What a node has.
pub(super) fn node(row: &NodeRow, class: ClassRow, gpu_model: GpuModelRow, profiles: &Profiles) -> Node {
    let device = |(listed, known): (&Listed, &DeviceRow)| {
        let serves = known.state == DeviceState::Serving;
        match listed.slices.is_empty() {
            true => {
                Device { milli: if serves { MILLI_GPU_WHOLE } else { 0 }, memory_mib: whole(listed.memory.0) }
            }
            false => Device::cut(if serves { slots(&listed.slices) } else { 0 }),
        }
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
        cuts: cuts(row, profiles),
        points: 0,
    }
}

/// How its devices are cut; `None`: none is.
fn cuts(row: &NodeRow, profiles: &Profiles) -> Option<Arc<Vec<Vec<Cut>>>> {
    let devices = &row.spec.devices;
    if devices.iter().all(|device| device.slices.is_empty()) {
        return None;
    }
    let cut = |of: &SliceProfile| {
        let starts = of.starts.iter().fold(0, |starts, start| starts | 1 << start);
        let (profile, slots, memory_mib) = (*profiles.get(&of.name)?, of.slots, whole(of.memory.0));
        Some(Cut { profile, slots, starts, memory_mib })
    };
    Some(Arc::new(devices.iter().map(|device| device.slices.iter().filter_map(cut).collect()).collect()))
}

/// All slots that slices of these profiles may have, a bit each.
fn slots(profiles: &[SliceProfile]) -> u16 {
    let of = |profile: &SliceProfile| {
        let slots = (1_u32 << profile.slots) - 1;
        profile.starts.iter().fold(0, |all, start| all | (slots << start) as u16)
    };
    profiles.iter().map(of).fold(0, |all, slots| all | slots)
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
    if !used.slots.is_empty() {
        for (at, device) in row.spec.devices.iter().enumerate() {
            let slots = used.slots.get(&device.uuid).copied();
            slots.into_iter().for_each(|slots| taken.device_memory_mib[at] = slots.into());
        }
    }
    taken
}

/// MiB as the solver counts them: the largest amount of the model fits.
pub(super) fn whole(mebibytes: u64) -> u32 {
    u32::try_from(mebibytes).unwrap_or(u32::MAX)
}
