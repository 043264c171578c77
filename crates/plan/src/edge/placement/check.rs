//! Is this a lawful state of the nodes? Written from the rules and apart from the solver: it adds up what runs where, node by node
//! and device by device, and knows neither states nor scores.

use super::rows::{Cut, Device, Devices, Node, NodeRow};
use super::task::{Task, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// One replica that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// What it asks for.
    pub task: Task,
    /// Where it is.
    pub node: NodeRow,
    /// On which of the node's devices.
    pub devices: Devices,
}

/// What is wrong with a placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no such node.
    NoNode(NodeRow),
    /// Its class is refused or not judged.
    Class(NodeRow),
    /// It is not on as many devices as it asks for, or on one that the node has not.
    Devices(NodeRow),
    /// More CPU than the node has.
    Cpu(NodeRow),
    /// More main memory than the node has.
    Memory(NodeRow),
    /// More PCIe bandwidth than the node has.
    Pcie(NodeRow),
    /// More files than the node's disk has room for.
    Storage(NodeRow),
    /// More shares of this device than it has.
    Share(NodeRow, usize),
    /// More memory of this device than it has.
    DeviceMemory(NodeRow, usize),
    /// Slices of this device overlap, or one is where its profile does not start; or a share of a device that is cut, or a slice of one that is not.
    Slots(NodeRow, usize),
}

/// All that is wrong where `running` runs on `nodes`; empty where all is lawful.
pub fn check(nodes: &[Node], running: &[Running]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut by_node: BTreeMap<NodeRow, Vec<&Running>> = BTreeMap::new();
    for replica in running {
        match nodes.get(replica.node.0 as usize) {
            Some(node) => faults.extend(misplaced(node, replica)),
            None => faults.push(Fault::NoNode(replica.node)),
        }
        by_node.entry(replica.node).or_default().push(replica);
    }
    for (row, replicas) in by_node {
        let Some(node) = nodes.get(row.0 as usize) else { continue };
        faults.extend(overcommitted(row, node, &replicas));
        for (at, device) in node.devices.iter().enumerate() {
            let cuts = node.cuts.as_ref().and_then(|cuts| cuts.get(at)).map_or(&[][..], Vec::as_slice);
            let here: Vec<&Running> =
                replicas.iter().copied().filter(|replica| replica.devices.contains(at)).collect();
            faults.extend(wrongly_cut(cuts, device, &here).then_some(Fault::Slots(row, at)));
            if cuts.is_empty() {
                faults.extend(device_overcommitted(row, at, device, &here));
            }
        }
    }
    faults
}

fn misplaced(node: &Node, replica: &Running) -> Option<Fault> {
    let verdicts = &replica.task.verdicts;
    let judged =
        matches!(verdicts.get(usize::from(node.class.0)), Some(Verdict::Allowed | Verdict::Present(_)));
    if !verdicts.is_empty() && !judged {
        return Some(Fault::Class(replica.node));
    }
    let known = replica.devices.iter().all(|device| device < node.devices.len());
    let enough = replica.devices.iter().count() == usize::from(replica.task.devices);
    (!known || !enough).then_some(Fault::Devices(replica.node))
}

fn overcommitted(row: NodeRow, node: &Node, replicas: &[&Running]) -> Vec<Fault> {
    let sum = |of: fn(&Task) -> u32| replicas.iter().map(|replica| u64::from(of(&replica.task))).sum::<u64>();
    // Those that need one file share it.
    let files: BTreeSet<(u32, u32)> =
        replicas.iter().map(|replica| (replica.task.file.number, replica.task.file.mib)).collect();
    let stored: u64 = files.iter().map(|(_, mib)| u64::from(*mib)).sum();
    let over = [
        (sum(|task| task.cpu_milli) > u64::from(node.cpu_milli), Fault::Cpu(row)),
        (sum(|task| task.memory_mib) > u64::from(node.memory_mib), Fault::Memory(row)),
        (sum(|task| task.pcie_mbit) > u64::from(node.pcie_mbit), Fault::Pcie(row)),
        (node.storage_mib.is_some_and(|all| stored > u64::from(all)), Fault::Storage(row)),
    ];
    over.into_iter().filter_map(|(over, fault)| over.then_some(fault)).collect()
}

fn device_overcommitted(row: NodeRow, at: usize, device: &Device, replicas: &[&Running]) -> Vec<Fault> {
    let (mut milli, mut memory_mib) = (0u64, 0u64);
    for replica in replicas {
        milli += u64::from(replica.task.device_milli);
        memory_mib += u64::from(replica.task.device_memory_mib);
    }
    let mut faults = Vec::new();
    if milli > u64::from(device.milli) {
        faults.push(Fault::Share(row, at));
    }
    if memory_mib > u64::from(device.memory_mib) {
        faults.push(Fault::DeviceMemory(row, at));
    }
    faults
}

/// Whether anything on a device is not a slice of its own, where and as large as its profile has it; or is one, of a device that is not cut.
fn wrongly_cut(cuts: &[Cut], device: &Device, here: &[&Running]) -> bool {
    let mut taken = 0_u16;
    for replica in here {
        let slots = replica.devices.slots();
        let is_place = |cut: &Cut| {
            replica.task.slice == Some(cut.profile)
                && replica.task.device_memory_mib <= cut.memory_mib
                && (0..16).any(|start| {
                    cut.starts >> start & 1 == 1
                        && slots.trailing_zeros() == start
                        && is_row(slots, cut.slots)
                })
        };
        let lawful = match cuts.is_empty() {
            true => slots == 0 && replica.task.slice.is_none(),
            false => cuts.iter().any(is_place) && u32::from(slots) & !device.memory_mib == 0,
        };
        if !lawful || taken & slots != 0 {
            return true;
        }
        taken |= slots;
    }
    false
}

/// Whether so many slots stand one behind the other.
fn is_row(slots: u16, count: u8) -> bool {
    let first = slots.trailing_zeros();
    slots != 0
        && (0..16).all(|slot| (slots >> slot & 1 == 1) == (first..first + u32::from(count)).contains(&slot))
}
