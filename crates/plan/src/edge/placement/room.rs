//! Making room on a node by moving or evicting what runs there. The common part of preemption and of saying what would help.

use super::check::Running;
use super::cluster::Cluster;
use super::placer::Placer;
use super::rows::{NodeRow, Placement};
use super::task::Task;
use std::collections::BTreeMap;

/// Nodes on which making room is tried out, the cheapest first: enough that one whose work can move is among them.
const TRIES_MAX: usize = 32;

/// Victims of one node that are tried two by two; with more, the least are found by leaving one after the other in peace.
const PAIRS_MAX: usize = 24;

/// A replica that runs, and what it would cost to lose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// What and where.
    pub running: Running,
    /// Who is of higher priority may evict it.
    pub priority: i32,
    /// What its loss costs (progress, value), in the caller's unit.
    pub cost: u32,
    /// Its row in the budgets of disruptions; `None` for no budget.
    pub budget: Option<u32>,
}

/// What has to happen to one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on elsewhere: start it there first, then stop it here.
    Move {
        /// By its place in the list of replicas.
        replica: usize,
        /// Where it goes.
        to: Placement,
    },
    /// It stops: nothing else has room for it.
    Evict {
        /// By its place in the list of replicas.
        replica: usize,
    },
}

/// Room for a task: where it goes, once the actions are done in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Where the task goes.
    pub placement: Placement,
    /// What has to happen before.
    pub actions: Vec<Action>,
    /// The cost of all that is evicted.
    pub evicted_cost: u64,
}

impl Room {
    /// How many replicas are evicted.
    pub fn evictions(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Evict { .. })).count()
    }
}

/// What may be done to make room.
pub(super) struct Means<'a> {
    pub(super) replicas: &'a [Replica],
    /// Whether a replica may be touched at all.
    pub(super) touch: &'a dyn Fn(&Replica) -> bool,
    /// At most so many on one node.
    pub(super) victims_max: usize,
    /// Evictions left by budget; `None`: nothing may be evicted, only moved.
    pub(super) evict: Option<&'a [u32]>,
}

/// The cheapest room for `task`: nothing evicted, else the lowest priority, then least cost evicted, then fewest evicted, then fewest moved. The cluster is left as it was.
pub(super) fn cheapest(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    means: &Means<'_>,
) -> Option<Room> {
    let mut best: Option<Room> = None;
    for (_, node, victims) in candidates(cluster, task, means).into_iter().take(TRIES_MAX) {
        let Some(room) = try_out(cluster, placer, task, (node, victims), means) else { continue };
        let evicted = |action: &Action| match action {
            Action::Evict { replica } => Some(means.replicas[*replica].priority),
            Action::Move { .. } => None,
        };
        let highest = |room: &Room| room.actions.iter().filter_map(evicted).max();
        let key = |room: &Room| (highest(room), room.evicted_cost, room.evictions(), room.actions.len());
        if best.as_ref().is_none_or(|best| key(&room) < key(best)) {
            best = Some(room);
        }
    }
    best
}

type Candidate = ((i32, u64, usize), NodeRow, Vec<usize>);

/// Nodes where the going of some replicas makes room, with these; by highest priority, cost and number of them.
fn candidates(cluster: &Cluster, task: &Task, means: &Means<'_>) -> Vec<Candidate> {
    let mut by_node: BTreeMap<NodeRow, Vec<usize>> = BTreeMap::new();
    for (at, replica) in means.replicas.iter().enumerate().filter(|(_, replica)| (means.touch)(replica)) {
        by_node.entry(replica.running.node).or_default().push(at);
    }
    let mut found: Vec<Candidate> = Vec::new();
    for (node, mut victims) in by_node {
        victims.sort_by_key(|at| (means.replicas[*at].priority, means.replicas[*at].cost, *at));
        let Some(least) = least(cluster, task, node, &victims, means) else { continue };
        let of = || least.iter().map(|at| &means.replicas[*at]);
        let cost = of().map(|replica| u64::from(replica.cost)).sum();
        found.push((
            (of().map(|replica| replica.priority).max().unwrap_or(i32::MIN), cost, least.len()),
            node,
            least,
        ));
    }
    found.sort();
    found
}

/// The least of `victims` (cheapest first) without which `task` fits on `node`: one if one is enough, else two, else what remains when
/// one after the other, the dearest first, is left in peace.
fn least(
    cluster: &Cluster,
    task: &Task,
    node: NodeRow,
    victims: &[usize],
    means: &Means<'_>,
) -> Option<Vec<usize>> {
    let free = *cluster.free(node)?;
    let profile = cluster.profile(node);
    let fits = |gone: &[usize]| {
        let mut with = free;
        for replica in gone.iter().map(|at| &means.replicas[*at].running) {
            with.add(&replica.task, replica.devices);
        }
        with.without_lost(&profile.capacity).fit(task)
    };
    if !task.allows(profile.class) {
        return None;
    }
    if !fits(victims) {
        return None;
    }
    if let Some(one) = victims.iter().find(|one| fits(&[**one])) {
        return Some(vec![*one]);
    }
    let few = &victims[..victims.len().min(PAIRS_MAX)];
    let mut pairs =
        few.iter().enumerate().flat_map(|(at, one)| few[at + 1..].iter().map(move |two| [*one, *two]));
    let least = match pairs.find(|pair| fits(pair)) {
        Some(pair) => pair.to_vec(),
        None => without_needless(victims, fits),
    };
    (least.len() <= means.victims_max).then_some(least)
}

fn without_needless(victims: &[usize], fits: impl Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut needed = victims.to_vec();
    for at in (0..needed.len()).rev() {
        let spared = needed.remove(at);
        if !fits(&needed) {
            needed.insert(at, spared);
        }
    }
    needed
}

/// Does it, sees where the victims would go, and undoes it.
fn try_out(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    (node, victims): (NodeRow, Vec<usize>),
    means: &Means<'_>,
) -> Option<Room> {
    let running = |at: usize| &means.replicas[at].running;
    let home = |at: usize| Placement { node: running(at).node, devices: running(at).devices, points: 0 };
    victims.iter().for_each(|at| cluster.give_back(&running(*at).task, &home(*at)));
    let placement = placer.on_node(cluster, task, node);
    let actions = placement.map(|placement| resettle(cluster, placer, (task, &placement), &victims, means));
    for at in &victims {
        cluster.restore(&running(*at).task, &home(*at));
    }
    let (placement, actions) = (placement?, actions?);
    allowed(&actions, means).map(|evicted_cost| Room { placement, actions, evicted_cost })
}

/// Where each of `victims` goes once `task` has its place; the cluster is left as it was.
fn resettle(
    cluster: &mut Cluster,
    placer: &mut Placer,
    (task, placement): (&Task, &Placement),
    victims: &[usize],
    means: &Means<'_>,
) -> Vec<Action> {
    let running = |at: usize| &means.replicas[at].running;
    cluster.take(task, placement).expect("it was found on this state");
    let mut actions = Vec::new();
    for &replica in victims.iter().rev() {
        actions.push(match placer.find(cluster, &running(replica).task) {
            Ok(to) => {
                cluster.take(&running(replica).task, &to).expect("it was found on this state");
                Action::Move { replica, to }
            }
            Err(_) => Action::Evict { replica },
        });
    }
    for action in &actions {
        if let Action::Move { replica, to } = action {
            cluster.give_back(&running(*replica).task, to);
        }
    }
    cluster.give_back(task, placement);
    actions
}

/// The cost of what `actions` evict; `None` if that is more than the budgets allow.
fn allowed(actions: &[Action], means: &Means<'_>) -> Option<u64> {
    let mut left = means.evict.map(<[u32]>::to_vec);
    let mut cost = 0;
    for action in actions {
        let Action::Evict { replica } = action else { continue };
        let replica = &means.replicas[*replica];
        let budgets = left.as_mut()?;
        if let Some(row) = replica.budget {
            let budget = budgets.get_mut(row as usize)?;
            *budget = budget.checked_sub(1)?;
        }
        cost += u64::from(replica.cost);
    }
    Some(cost)
}
