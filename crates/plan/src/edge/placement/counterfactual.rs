//! What would make it a yes: the smallest changes, each checked by making it and undoing it.

use super::amounts::Amounts;
use super::cluster::Cluster;
use super::filter::{Rule, Unplaceable, refusal};
use super::placer::Placer;
use super::profile::Profile;
use super::replicas::Replicas;
use super::room::{Means, Room, make_room};
use super::rows::{NodeRow, Placement};
use super::task::{Task, Verdict};
use paceline_model::limits::NODE_DEVICES_MAX;

/// Replicas that one remedy moves at most.
const MOVES_MAX: usize = 2;

/// What a node lacks for a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Thousandths of a CPU.
    pub cpu_milli: u32,
    /// Main memory.
    pub memory_mib: u32,
    /// Mbit/s.
    pub pcie_mbit: u32,
    /// Shares over all devices that the task would use, in thousandths.
    pub device_milli: u32,
    /// Memory over these devices.
    pub device_memory_mib: u32,
}

/// A change after which the task can be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// At most two replicas move; nothing stops.
    Moves(Room),
    /// Another variant of the model, by its place among those that were offered (smaller, another precision).
    Variant {
        /// Which.
        variant: usize,
        /// Where it would go.
        placement: Placement,
    },
    /// Less important work gives way.
    Preemption(Room),
    /// So much more on one node.
    More {
        /// The node that lacks least.
        node: NodeRow,
        /// What it lacks.
        missing: Missing,
    },
    /// The caller's rule of this number allows it.
    Lifted {
        /// The rule.
        rule: u8,
        /// Where it would go then.
        placement: Placement,
    },
}

/// What may be thought of.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The task's own priority.
    pub priority: i32,
    /// What runs.
    pub replicas: &'a Replicas,
    /// Smaller variants of the same model, the best first.
    pub variants: &'a [Task],
}

/// What would help where `refused` is the answer for `task`; the least change first, at most one of each kind. Empty if nothing of these helps: it is
/// compatible nowhere, or larger than any node. The cluster is left as it was.
pub fn remedies(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    refused: &Unplaceable,
    offer: &Offer<'_>,
) -> Vec<Remedy> {
    let moves = make_room(cluster, placer, task, &Means::moves(offer.replicas, MOVES_MAX));
    let mut found: Vec<Remedy> = moves.map(Remedy::Moves).into_iter().collect();
    let variant = |(variant, task): (usize, &Task)| {
        placer.find(cluster, task).ok().map(|placement| Remedy::Variant { variant, placement })
    };
    found.extend(offer.variants.iter().enumerate().find_map(variant));
    let room = make_room(cluster, placer, task, &Means::preemption(offer.replicas, offer.priority));
    found.extend(room.filter(|room| room.cost.evictions > 0).map(Remedy::Preemption));
    found.extend(more(cluster, placer, task));
    found.extend(lifted(cluster, placer, task, refused));
    found
}

/// The node that lacks least in parts of what it has, checked by giving it that.
fn more(cluster: &mut Cluster, placer: &mut Placer, task: &Task) -> Option<Remedy> {
    let lack = |node: NodeRow| {
        let (profile, free) = (cluster.profile(node), cluster.free(node)?);
        let missing = missing(profile, free, task)?;
        Some((part(&missing, &profile.capacity), cluster.rank(node), node, missing))
    };
    let least = cluster.rows().filter_map(lack).min_by_key(|lack| (lack.0, lack.1));
    let (_, _, node, missing) = least?;
    let larger = larger(cluster.profile(node), cluster.free(node)?, task);
    let as_it_is = cluster.describe(node);
    cluster.update(node, larger.describe());
    let helps = placer.on_node(cluster, task, node).is_some();
    cluster.update(node, as_it_is);
    helps.then_some(Remedy::More { node, missing })
}

/// What a node lacks; `None` where rules refuse it, or where it has too few devices however empty.
fn missing(profile: &Profile, free: &Amounts, task: &Task) -> Option<Missing> {
    if !task.allows(profile.class) || refusal(profile, free, task) == Some(Rule::Devices) {
        return None;
    }
    let mut missing = Missing {
        cpu_milli: task.cpu_milli.saturating_sub(free.cpu_milli),
        memory_mib: task.memory_mib.saturating_sub(free.memory_mib),
        pcie_mbit: task.pcie_mbit.saturating_sub(free.pcie_mbit),
        ..Missing::default()
    };
    for (milli, memory_mib, _) in lacks(profile, free, task) {
        missing.device_milli += u32::from(milli);
        missing.device_memory_mib += memory_mib;
    }
    Some(missing)
}

/// The node as it would be with what it lacks.
fn larger(profile: &Profile, free: &Amounts, task: &Task) -> Profile {
    let mut larger = profile.clone();
    larger.capacity.cpu_milli += task.cpu_milli.saturating_sub(free.cpu_milli);
    larger.capacity.memory_mib += task.memory_mib.saturating_sub(free.memory_mib);
    larger.capacity.pcie_mbit += task.pcie_mbit.saturating_sub(free.pcie_mbit);
    for (milli, memory_mib, at) in lacks(profile, free, task) {
        larger.capacity.device_milli[at] += milli;
        larger.capacity.device_memory_mib[at] += memory_mib;
    }
    larger
}

/// Shares and memory that the devices which lack least lack, and which these are: as many as the task asks for.
fn lacks(profile: &Profile, free: &Amounts, task: &Task) -> impl Iterator<Item = (u16, u32, usize)> {
    let milli = |at: usize| task.device_milli.saturating_sub(free.device_milli[at]);
    let memory = |at: usize| task.device_memory_mib.saturating_sub(free.device_memory_mib[at]);
    let mut devices: Vec<(u16, u32, usize)> = Vec::new();
    if task.devices > 0 {
        let present = (0..NODE_DEVICES_MAX).filter(|at| profile.capacity.device_milli[*at] > 0);
        devices.extend(present.map(|at| (milli(at), memory(at), at)));
        devices.sort_unstable();
    }
    devices.into_iter().take(usize::from(task.devices))
}

/// The sum of what is missing, each in thousandths of what the node has.
fn part(missing: &Missing, capacity: &Amounts) -> u64 {
    let of = |part: u32, all: u64| u64::from(part) * 1000 / all.max(1);
    let milli = capacity.device_milli.iter().map(|milli| u64::from(*milli)).sum();
    let memory = capacity.device_memory_mib.iter().map(|memory| u64::from(*memory)).sum();
    of(missing.cpu_milli, capacity.cpu_milli.into())
        + of(missing.memory_mib, capacity.memory_mib.into())
        + of(missing.pcie_mbit, capacity.pcie_mbit.into())
        + of(missing.device_milli, milli)
        + of(missing.device_memory_mib, memory)
}

/// The caller's rule that keeps most nodes away and without which the task has room.
fn lifted(cluster: &Cluster, placer: &mut Placer, task: &Task, refused: &Unplaceable) -> Option<Remedy> {
    let mut rules: Vec<(u32, u8)> = Vec::new();
    for (rule, nodes) in &refused.nodes {
        if let Rule::Caller(number) = rule {
            rules.push((*nodes, *number));
        }
    }
    rules.sort_by_key(|(nodes, rule)| (std::cmp::Reverse(*nodes), *rule));
    rules.into_iter().find_map(|(_, rule)| {
        let lift =
            |verdict: &Verdict| if *verdict == Verdict::Refused(rule) { Verdict::Allowed } else { *verdict };
        let without = Task { verdicts: task.verdicts.iter().map(lift).collect(), ..task.clone() };
        placer.find(cluster, &without).ok().map(|placement| Remedy::Lifted { rule, placement })
    })
}
