//! What would make it a yes: the smallest changes, each checked by making it and undoing it.

use super::amounts::Amounts;
use super::cluster::Cluster;
use super::filter::{Rule, Unplaceable, lacking_storage};
use super::means::Means;
use super::other_places::OtherPlaces;
use super::placer::{Beside, Placer};
use super::profile::Profile;
use super::room::{Room, make_room_beside};
use super::rows::{NodeRow, Placement};
use super::task::Task;
use crate::Budget;
use paceline_model::limits::{MILLI_GPU_WHOLE, NODE_DEVICES_MAX};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Replicas that one remedy moves at most.
const MOVES_MAX: usize = 2;

/// Nodes that lack least which are tried out: one that has shrunk under what runs there lacks more than it seems to.
const LEAST_MAX: usize = 8;

/// What a node lacks for a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Thousandths of a CPU.
    pub cpu_milli: u32,
    /// Main memory.
    pub memory_mib: u32,
    /// Mbit/s.
    pub pcie_mbit: u32,
    /// On its disk.
    pub storage_mib: u32,
    /// Of devices that it has.
    pub shares: Vec<MissingShare>,
    /// Whole devices, beside those that it has.
    pub devices: u8,
    /// The memory of each of these.
    pub device_memory_mib: u32,
}

/// What one device lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissingShare {
    /// Which, by its place on the node.
    pub device: usize,
    /// Shares in thousandths.
    pub milli: u16,
    /// Memory.
    pub memory_mib: u32,
}

/// A change after which a task can be placed. `option` says which of the tasks that were asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// At most two replicas move; nothing stops.
    Moves {
        /// Which task.
        option: usize,
        /// Who moves, and where the task goes then.
        room: Room,
    },
    /// Another variant of the model, by its place among those that were offered.
    Variant {
        /// Which.
        variant: usize,
        /// Where it would go.
        placement: Placement,
    },
    /// The lowest priority that is enough for others to give way.
    Priority {
        /// Which task.
        option: usize,
        /// The priority.
        priority: i32,
        /// Who would give way, and where the task goes then.
        room: Room,
    },
    /// So much more on one node.
    More {
        /// Which task.
        option: usize,
        /// The node that lacks least.
        node: NodeRow,
        /// What it lacks.
        missing: Missing,
    },
    /// The caller's rule of this number is lifted.
    Lifted {
        /// Which task.
        option: usize,
        /// The rule.
        rule: u8,
        /// Where it would go then.
        placement: Placement,
    },
}

/// What may be thought of.
#[derive(Clone, Copy)]
pub struct Offer<'a> {
    /// What may be done to make room under the task's own priority. Moves may touch anybody who is not held or spared, evictions under a higher
    /// priority whoever is below it.
    pub means: Means<'a>,
    /// Whose priority rises with the task's: those of its own workload.
    pub rises: &'a dyn Fn(usize) -> bool,
    /// Other variants of the same model, the best first.
    pub variants: &'a [Task],
    /// Rules of the caller that may be lifted, each with the tasks as they are judged without it.
    pub lifted: &'a [(u8, Vec<Task>)],
}

/// What would help where `refused` is the answer for each of `tasks`, variants that will do, the best first; the answer is the first one's. The
/// least change first: nothing stops, it runs as less, others stop, something has to be added, a rule has to go. At most one of each kind, and one for each rule. Empty if nothing of these helps, or if the budget was over before. The cluster is left as it was.
///
/// Work: some ten times as much as [`make_room`].
pub fn remedies(
    cluster: &mut Cluster,
    placer: &mut Placer,
    tasks: &[Task],
    refused: &Unplaceable,
    offer: &Offer<'_>,
    budget: &mut Budget,
) -> Vec<Remedy> {
    let mut found = Vec::new();
    let others = OtherPlaces::new(cluster, offer.means.replicas);
    let mut searching = Searching { cluster, placer, tasks, offer, others };
    let kinds = [Searching::moves, Searching::variant, Searching::priority, Searching::more];
    for kind in kinds {
        if !budget.spend(u64::from(searching.cluster.in_service())) {
            return found;
        }
        found.extend(kind(&mut searching));
    }
    for rule in in_the_way(refused) {
        if !budget.spend(u64::from(searching.cluster.in_service())) {
            return found;
        }
        found.extend(searching.lifted(rule));
    }
    found
}

/// The rules that might be lifted, from the one that keeps most nodes away.
fn in_the_way(refused: &Unplaceable) -> Vec<u8> {
    let mut rules: Vec<(Reverse<u32>, u8)> = Vec::new();
    for (rule, nodes) in &refused.nodes {
        if let Rule::Caller(number) = rule {
            rules.push((Reverse(*nodes), *number));
        }
    }
    rules.sort_unstable();
    rules.into_iter().map(|(_, rule)| rule).collect()
}

struct Searching<'a> {
    cluster: &'a mut Cluster,
    placer: &'a mut Placer,
    tasks: &'a [Task],
    offer: &'a Offer<'a>,
    others: OtherPlaces,
}

impl Searching<'_> {
    fn moves(&mut self) -> Option<Remedy> {
        let own = &self.offer.means;
        let means = Means { below: None, evict: false, victims_max: MOVES_MAX, ..*own };
        self.room(&means).map(|(option, room)| Remedy::Moves { option, room })
    }

    fn variant(&mut self) -> Option<Remedy> {
        let offered = self.offer.variants;
        let variant = |(variant, task): (usize, &Task)| {
            self.find(task, self.offer.means.here).map(|placement| Remedy::Variant { variant, placement })
        };
        offered.iter().enumerate().find_map(variant)
    }

    /// Of the priorities of those that run, the lowest above which there is room.
    fn priority(&mut self) -> Option<Remedy> {
        let (offer, own) = (self.offer, self.offer.means.below?);
        let others =
            offer.means.replicas.iter().enumerate().filter(|(at, one)| !one.held && !(offer.rises)(*at));
        let levels: BTreeSet<i32> = others.filter_map(|(_, one)| one.priority.checked_add(1)).collect();
        let spared = |at: usize| (offer.means.spared)(at) || (offer.rises)(at);
        let levels: Vec<i32> = levels.into_iter().filter(|level| *level > own).collect();
        let (mut low, mut high, mut found) = (0, levels.len(), None);
        while low < high {
            let middle = low.midpoint(high);
            let means = Means { below: Some(levels[middle]), spared: &spared, ..offer.means };
            match self.room(&means) {
                Some((option, room)) => {
                    found = Some(Remedy::Priority { option, priority: levels[middle], room });
                    high = middle;
                }
                None => low = middle + 1,
            }
        }
        found
    }

    /// The cheapest room for any of the tasks, the best of equals.
    fn room(&mut self, means: &Means<'_>) -> Option<(usize, Room)> {
        let Self { cluster, placer, tasks, others, .. } = self;
        let rooms = tasks.iter().enumerate().filter_map(|(option, task)| {
            Some((option, make_room_beside(cluster, placer, task, means, others)?))
        });
        rooms.min_by_key(|(_, room)| room.cost)
    }

    /// The node that lacks least in parts of what it has, and whole devices last of all; checked by giving it that.
    fn more(&mut self) -> Option<Remedy> {
        let admits = |node: &NodeRow| self.offer.means.here.is_none_or(|here| here.admits(*node));
        let mut lacks = Vec::new();
        for node in self.cluster.rows().filter(admits) {
            let (profile, rank) = (self.cluster.profile(node), self.cluster.rank(node));
            let Some(free) = self.cluster.free(node) else { continue };
            for (option, task) in self.tasks.iter().enumerate().filter(|(_, task)| task.allows(profile.class))
            {
                if let Some(missing) = missing(profile, free, task) {
                    lacks.push((
                        missing.devices,
                        part(&missing, &profile.capacity),
                        option,
                        rank,
                        node,
                        missing,
                    ));
                }
            }
        }
        lacks.sort_unstable_by_key(|(devices, part, option, rank, ..)| (*devices, *part, *option, *rank));
        let least = lacks
            .into_iter()
            .take(LEAST_MAX)
            .find(|(_, _, option, _, node, missing)| self.helps(&self.tasks[*option], *node, missing));
        least.map(|(_, _, option, _, node, missing)| Remedy::More { option, node, missing })
    }

    /// Whether a task goes to a node that has what it lacks.
    fn helps(&mut self, task: &Task, node: NodeRow, missing: &Missing) -> bool {
        let mut larger = self.cluster.profile(node).clone();
        add(&mut larger.capacity, missing);
        let as_it_is = self.cluster.describe(node);
        self.cluster.update(node, larger.describe());
        let helps = self.placer.on_node(self.cluster, task, node).is_some();
        self.cluster.update(node, as_it_is);
        helps
    }

    fn lifted(&mut self, rule: u8) -> Option<Remedy> {
        let (_, without) = self.offer.lifted.iter().find(|(lifted, _)| *lifted == rule)?;
        let placed = |(option, task): (usize, &Task)| {
            self.find(task, self.offer.means.here).map(|placement| Remedy::Lifted { option, rule, placement })
        };
        without.iter().enumerate().find_map(placed)
    }

    fn find(&mut self, task: &Task, here: Option<&dyn Beside>) -> Option<Placement> {
        self.placer.seek(self.cluster, task, here)
    }
}

/// What a node lacks; `None` where it has no place for as many devices.
fn missing(profile: &Profile, free: &Amounts, task: &Task) -> Option<Missing> {
    if task.slice.is_some() {
        // Another cut is not a little more of anything.
        return None;
    }
    let has = &profile.capacity;
    let fit = (0..NODE_DEVICES_MAX).filter(|at| has.device_milli[*at] > 0 && has.device_fits(*at, task));
    let mut shares = [MissingShare::default(); NODE_DEVICES_MAX];
    let mut count = 0;
    for device in fit {
        let milli = task.device_milli.saturating_sub(free.device_milli[device]);
        let memory_mib = task.device_memory_mib.saturating_sub(free.device_memory_mib[device]);
        shares[count] = MissingShare { device, milli, memory_mib };
        count += 1;
    }
    let asked = usize::from(task.devices);
    let few = asked.saturating_sub(count);
    if few > 0 && few > empty_places(has).count() {
        return None;
    }
    shares[..count].sort_unstable_by_key(|share| (share.milli, share.memory_mib, share.device));
    let lacking = shares[..count.min(asked)].iter().filter(|share| share.milli > 0 || share.memory_mib > 0);
    Some(Missing {
        cpu_milli: task.cpu_milli.saturating_sub(free.cpu_milli),
        memory_mib: task.memory_mib.saturating_sub(free.memory_mib),
        pcie_mbit: task.pcie_mbit.saturating_sub(free.pcie_mbit),
        storage_mib: lacking_storage(profile, free, task),
        shares: lacking.copied().collect(),
        devices: few as u8,
        device_memory_mib: if few > 0 { task.device_memory_mib } else { 0 },
    })
}

/// Where a node has no device, behind those that it has: one that is lost keeps its place.
fn empty_places(capacity: &Amounts) -> std::ops::Range<usize> {
    let known = |at: &usize| capacity.device_milli[*at] > 0 || capacity.device_memory_mib[*at] > 0;
    (0..NODE_DEVICES_MAX).rev().find(known).map_or(0, |last| last + 1)..NODE_DEVICES_MAX
}

/// Gives a node what it lacks.
fn add(capacity: &mut Amounts, missing: &Missing) {
    capacity.cpu_milli += missing.cpu_milli;
    capacity.memory_mib += missing.memory_mib;
    capacity.pcie_mbit += missing.pcie_mbit;
    capacity.storage_mib += missing.storage_mib;
    for share in &missing.shares {
        capacity.device_milli[share.device] += share.milli;
        capacity.device_memory_mib[share.device] += share.memory_mib;
    }
    for device in empty_places(capacity).take(usize::from(missing.devices)) {
        capacity.device_milli[device] = MILLI_GPU_WHOLE;
        capacity.device_memory_mib[device] = missing.device_memory_mib;
    }
}

/// The sum of what is missing, each in thousandths of what the node has.
fn part(missing: &Missing, capacity: &Amounts) -> u64 {
    let of = |part: u64, all: u64| part * 1000 / all.max(1);
    let shares = |of: fn(&MissingShare) -> u64| missing.shares.iter().map(of).sum();
    let milli = capacity.device_milli.iter().map(|milli| u64::from(*milli)).sum();
    let memory = capacity.device_memory_mib.iter().map(|memory| u64::from(*memory)).sum();
    of(missing.cpu_milli.into(), capacity.cpu_milli.into())
        + of(missing.memory_mib.into(), capacity.memory_mib.into())
        + of(missing.pcie_mbit.into(), capacity.pcie_mbit.into())
        + of(missing.storage_mib.into(), capacity.storage_mib.into())
        + of(shares(|share| share.milli.into()), milli)
        + of(shares(|share| share.memory_mib.into()), memory)
}
