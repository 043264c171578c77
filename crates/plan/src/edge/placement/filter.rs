//! Which rule takes a node out for a task, and the answer when all are out.

use super::amounts::Amounts;
use super::profile::Profile;
use super::slices;
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
    /// The slice has no free place.
    Slices,
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
            Self::Slices => "no free place for the slice",
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
        short_of_devices(profile, free, task)
    };
    short.map(|rule| if has_devices(profile, task) { rule } else { Rule::Devices })
}

/// MiB that a node's disk lacks for the file of a task.
pub(super) fn lacking_storage(profile: &Profile, free: &Amounts, task: &Task) -> u32 {
    match task.file.mib.saturating_sub(free.storage_mib) {
        0 => 0,
        lacking if profile.files.binary_search(&task.file.number).is_err() => lacking,
        _ => 0,
    }
}

/// Whether a node has what `task` asks for in its devices, when nothing runs there.
fn has_devices(profile: &Profile, task: &Task) -> bool {
    match task.slice {
        Some(_) => slices::fits(profile, &profile.capacity, task),
        None => devices_that(&profile.capacity, task, true) >= usize::from(task.devices),
    }
}

/// Whether these amounts hold `task`, with a place for its slice, whatever the rules say and whatever files are there.
pub(super) fn holds(profile: &Profile, amounts: &Amounts, task: &Task) -> bool {
    amounts.fit(task) && (task.slice.is_none() || slices::fits(profile, amounts, task))
}

fn short_of_devices(profile: &Profile, free: &Amounts, task: &Task) -> Option<Rule> {
    if task.slice.is_some() {
        return (!slices::fits(profile, free, task)).then_some(Rule::Slices);
    }
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
