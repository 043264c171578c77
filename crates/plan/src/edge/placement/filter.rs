//! Which rule takes a node out for a task, and the answer when all are out.

use super::amounts::Amounts;
use super::profile::Profile;
use super::task::{Task, Verdict};
use paceline_model::limits::NODE_DEVICES_MAX;
use std::collections::BTreeMap;
use std::fmt;

/// Why a node cannot take a task. A node counts under the first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The caller's rule of this number refuses its class.
    Caller(u8),
    /// Nobody has judged its class for this task.
    UnknownClass,
    /// It has fewer working devices of the size than the task asks for, even when nothing runs on it.
    Devices,
    /// Too little CPU free.
    Cpu,
    /// Too little main memory free.
    Memory,
    /// Too little PCIe bandwidth free.
    Pcie,
    /// Too little room on its disk for the file, which is not there.
    Storage,
    /// Too few devices with the share free.
    DeviceShare,
    /// Too few devices with the share and the memory free at once.
    DeviceMemory,
    /// Said no by [`super::Beside`]: spread, affinity and what else depends on workload and node at once.
    Beside,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Caller(number) => return write!(f, "refused by rule {number}"),
            Self::UnknownClass => "of a class that is not judged",
            Self::Devices => "without such GPUs",
            Self::Cpu => "too little CPU free",
            Self::Memory => "too little memory free",
            Self::Pcie => "too little PCIe bandwidth free",
            Self::Storage => "too little storage free",
            Self::DeviceShare => "too little GPU share free",
            Self::DeviceMemory => "too little GPU memory free",
            Self::Beside => "kept free by spread or affinity",
        };
        f.write_str(words)
    }
}

/// No node can take the task: how many nodes each rule took out. The counts sum up to all nodes in service.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Unplaceable {
    /// Nodes by the first rule that applies to each.
    pub nodes: BTreeMap<Rule, u32>,
}

impl Unplaceable {
    /// All nodes that were asked.
    pub fn total(&self) -> u32 {
        self.nodes.values().sum()
    }
    pub(super) fn count(&mut self, rule: Rule, nodes: u32) {
        if nodes > 0 {
            *self.nodes.entry(rule).or_default() += nodes;
        }
    }
}

impl fmt::Display for Unplaceable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total() {
            0 => return f.write_str("there are no nodes"),
            1 => f.write_str("1 node")?,
            total => write!(f, "{total} nodes")?,
        }
        for (at, (rule, nodes)) in self.nodes.iter().enumerate() {
            write!(f, "{} {nodes} {rule}", if at == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// The first rule that keeps `task` off a node with this profile and these free amounts; `None` where it fits.
pub fn refusal(profile: &Profile, free: &Amounts, task: &Task) -> Option<Rule> {
    match task.verdict(profile.class) {
        None => return Some(Rule::UnknownClass),
        Some(Verdict::Refused(number)) => return Some(Rule::Caller(number)),
        Some(Verdict::Allowed | Verdict::Present(_)) => {}
    }
    let short = if free.cpu_milli < task.cpu_milli {
        Some(Rule::Cpu)
    } else if free.memory_mib < task.memory_mib {
        Some(Rule::Memory)
    } else if free.pcie_mbit < task.pcie_mbit {
        Some(Rule::Pcie)
    } else if lacking_storage(profile, free, task) > 0 {
        Some(Rule::Storage)
    } else {
        short_of_devices(free, task)
    };
    short.map(|rule| match devices_that(&profile.capacity, task, true) < usize::from(task.devices) {
        true => Rule::Devices,
        false => rule,
    })
}

/// MiB that a node's disk lacks for the file of a task.
pub(super) fn lacking_storage(profile: &Profile, free: &Amounts, task: &Task) -> u32 {
    match task.file.mib.saturating_sub(free.storage_mib) {
        0 => 0,
        lacking if profile.files.binary_search(&task.file.number).is_err() => lacking,
        _ => 0,
    }
}

fn short_of_devices(free: &Amounts, task: &Task) -> Option<Rule> {
    let asked = usize::from(task.devices);
    if asked == 0 || devices_that(free, task, true) >= asked {
        None
    } else if devices_that(free, task, false) < asked {
        Some(Rule::DeviceShare)
    } else {
        Some(Rule::DeviceMemory)
    }
}

/// How many devices have the share, and `with_memory` the memory too.
fn devices_that(amounts: &Amounts, task: &Task, with_memory: bool) -> usize {
    let share = |at: usize| amounts.device_milli[at] >= task.device_milli.max(1);
    let memory = |at: usize| !with_memory || amounts.device_memory_mib[at] >= task.device_memory_mib;
    (0..NODE_DEVICES_MAX).filter(|&at| share(at) && memory(at)).count()
}
