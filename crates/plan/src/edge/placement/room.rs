//! Room for a task by moving or evicting what runs: preemption, and room by moves alone.
//!
//! Work: all replicas once, then at most 32 nodes tried out. Source: after the preemption of kube-scheduler, which moves nothing.
//! Known gaps: victims are of one node; of more than two the set is free of needless ones, not the least.

use super::cluster::Cluster;
use super::mix::Parts;
use super::placer::{Beside, Placer};
use super::replicas::{Replica, Replicas};
use super::rows::{NodeRow, Placement};
use super::task::Task;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes on which making room is tried out, the cheapest first: enough that one whose work can move is among them.
const TRIES_MAX: usize = 32;

/// Victims of one node that are tried two by two; with more, the least are found by leaving one after the other in peace.
const PAIRS_MAX: usize = 24;

/// What has to happen to one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on elsewhere: start it there first, then stop it here.
    Move {
        /// By its place in the list of replicas.
        replica: usize,
        /// Where it goes.
        to: Placement,
        /// What each score gives it there.
        parts: Parts,
    },
    /// It stops: nothing else has room for it.
    Evict {
        /// By its place in the list of replicas.
        replica: usize,
    },
}

impl Action {
    /// Whom it is about.
    pub fn replica(&self) -> usize {
        match self {
            Self::Move { replica, .. } | Self::Evict { replica } => *replica,
        }
    }
    /// Whether it stops.
    pub fn evicts(&self) -> bool {
        matches!(self, Self::Evict { .. })
    }
}

/// What room costs, dearest part first: the least is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// The highest priority that is evicted; `None`: nobody is.
    pub priority: Option<i32>,
    /// How many are evicted.
    pub evictions: usize,
    /// How long these have run, together.
    pub ran: u64,
    /// How many move.
    pub moves: usize,
}

/// Room for a task: where it goes, once the actions are done in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Where the task goes.
    pub placement: Placement,
    /// What each score gives it there.
    pub parts: Parts,
    /// What has to happen before.
    pub actions: Vec<Action>,
    /// What it costs.
    pub cost: Cost,
}

/// Where those that run may move, beyond amounts and classes.
pub trait Elsewhere {
    /// Where a replica may go once some actions are done; `None`: anywhere.
    fn beside(&self, replica: usize, before: &[Action]) -> Option<Box<dyn Beside + '_>>;
}

/// Anywhere.
pub struct Anywhere;

impl Elsewhere for Anywhere {
    fn beside(&self, _: usize, _: &[Action]) -> Option<Box<dyn Beside + '_>> {
        None
    }
}

/// What may be done to make room.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// What runs.
    pub replicas: &'a Replicas,
    /// Only who is below this gives way. `None`: anybody, whatever its priority.
    pub below: Option<i32>,
    /// Whether one must be left alone, beside those that are held.
    pub spared: &'a dyn Fn(usize) -> bool,
    /// At most so many give way.
    pub victims_max: usize,
    /// Whether who finds no other place is evicted, within the budgets of the groups.
    pub evict: bool,
    /// Where the task itself may go, beyond amounts and classes.
    pub here: Option<&'a dyn Beside>,
    /// Where a replica may go.
    pub elsewhere: &'a dyn Elsewhere,
}

impl<'a> Means<'a> {
    /// At most `moves_max` move, whatever their priority; nothing stops.
    pub fn moves(replicas: &'a Replicas, moves_max: usize) -> Self {
        Self {
            replicas,
            below: None,
            spared: &|_| false,
            victims_max: moves_max,
            evict: false,
            here: None,
            elsewhere: &Anywhere,
        }
    }
    /// Whoever is below `priority` moves, or is evicted.
    pub fn preemption(replicas: &'a Replicas, priority: i32) -> Self {
        Self { below: Some(priority), evict: true, ..Self::moves(replicas, usize::MAX) }
    }

    fn touches(&self, at: usize) -> bool {
        let Replica { priority, held, .. } = self.replicas.get(at);
        !held && self.below.is_none_or(|below| *priority < below) && !(self.spared)(at)
    }
}

/// The cheapest room for `task`, moves before evictions. A proposal: the cluster is left as it was. It cannot go round in a circle: only a
/// strictly lower priority is evicted, and who is moved takes free room.
pub fn make_room(cluster: &mut Cluster, placer: &mut Placer, task: &Task, means: &Means<'_>) -> Option<Room> {
    let mut searching = Searching { cluster, placer, task, means };
    match searching.cheapest(false) {
        None if means.evict => searching.cheapest(true),
        found => found,
    }
}

struct Searching<'a> {
    cluster: &'a mut Cluster,
    placer: &'a mut Placer,
    task: &'a Task,
    means: &'a Means<'a>,
}

type Candidate = (Cost, NodeRow, Vec<usize>);

impl Searching<'_> {
    fn cheapest(&mut self, evict: bool) -> Option<Room> {
        let mut best: Option<Room> = None;
        for (_, node, victims) in self.candidates(evict) {
            let Some(room) = self.try_out(node, &victims, evict) else { continue };
            if best.as_ref().is_none_or(|best| room.cost < best.cost) {
                best = Some(room);
            }
        }
        best
    }

    /// The nodes where the going of some replicas makes room that are to be tried out, with these; the cheapest first, as if all were evicted.
    /// Where nobody is to be evicted, only those count for whom another place is free.
    fn candidates(&mut self, evict: bool) -> BTreeSet<Candidate> {
        let (means, task) = (self.means, self.task);
        let mut can_move: BTreeMap<&Task, bool> = BTreeMap::new();
        let mut found: BTreeSet<Candidate> = BTreeSet::new();
        for (node, here) in means.replicas.by_node() {
            let profile = self.cluster.profile(node);
            let could =
                self.cluster.free(node).is_some() && task.allows(profile.class) && profile.capacity.fit(task);
            if !could || means.here.is_some_and(|here| !here.admits(node)) {
                continue;
            }
            let mut victims: Vec<usize> = here.iter().copied().filter(|at| means.touches(*at)).collect();
            if !evict {
                victims.retain(|at| {
                    let task = &means.replicas.get(*at).running.task;
                    *can_move.entry(task).or_insert_with(|| self.placer.can_place(self.cluster, task))
                });
            }
            victims.sort_by_key(|at| (means.replicas.get(*at).priority, means.replicas.get(*at).ran, *at));
            let dearest = found.last().filter(|_| found.len() >= TRIES_MAX).map(|(cost, ..)| *cost);
            if let Some(least) = self.least(node, &victims, dearest) {
                found.insert((self.cost(&least), node, least));
                if found.len() > TRIES_MAX {
                    found.pop_last();
                }
            }
        }
        found
    }

    fn cost(&self, victims: &[usize]) -> Cost {
        let mut cost = Cost::default();
        for at in victims.iter().flat_map(|at| self.means.replicas.together(*at)) {
            let replica = self.means.replicas.get(at);
            cost.priority = cost.priority.max(Some(replica.priority));
            cost.evictions += 1;
            cost.ran = cost.ran.saturating_add(replica.ran);
        }
        cost
    }

    /// The least of `victims` (cheapest first) without which the task fits on `node`: of the lowest priorities, one if one is enough, else
    /// two, else what remains when one after the other, the dearest first, is left in peace. What is no cheaper than `dearest` need not be found.
    fn least(&self, node: NodeRow, victims: &[usize], dearest: Option<Cost>) -> Option<Vec<usize>> {
        let (free, capacity) = (*self.cluster.free(node)?, self.cluster.profile(node).capacity);
        let replicas = self.means.replicas;
        let fits = |gone: &[usize]| {
            let mut with = free;
            for running in gone.iter().map(|at| &replicas.get(*at).running) {
                with.add(&running.task, running.devices);
            }
            with.without_lost(&capacity).fit(self.task)
        };
        let priority = |at: usize| replicas.get(at).priority;
        let levels = victims.chunk_by(|one, next| priority(*one) == priority(*next));
        let ends = levels.scan(0, |end, level| {
            *end += level.len();
            Some((priority(level[0]), *end))
        });
        let (level, lowest) = ends.into_iter().find(|(_, end)| fits(&victims[..*end]))?;
        // Those below the level are not enough, so that one of it at least has to go.
        let is_cheap = |evictions: usize| {
            let least = Cost { priority: Some(level), evictions, ..Cost::default() };
            dearest.is_none_or(|dearest| least < dearest)
        };
        let least = fewest(&victims[..lowest], fits, is_cheap)?;
        (least.len() <= self.means.victims_max).then_some(least)
    }

    /// Does it, sees where the victims would go, and undoes it.
    fn try_out(&mut self, node: NodeRow, victims: &[usize], evict: bool) -> Option<Room> {
        let replicas = self.means.replicas;
        for at in victims {
            let (task, home) = home(replicas, *at);
            self.cluster.give_back(task, &home);
        }
        let placement = self.placer.on_node(self.cluster, self.task, node);
        let parts = placement.map(|placement| self.placer.parts(self.cluster, self.task, &placement));
        let actions = placement.map(|placement| self.resettle(&placement, victims));
        for at in victims {
            let (task, home) = home(replicas, *at);
            self.cluster.restore(task, &home);
        }
        let (placement, parts, actions) = (placement?, parts?, self.settled(actions?));
        let cost = self.allowed(&actions)?;
        (evict || cost.evictions == 0).then_some(Room { placement, parts, actions, cost })
    }

    /// Where each of `victims` goes once the task has its place; the cluster is left as it was.
    fn resettle(&mut self, placement: &Placement, victims: &[usize]) -> Vec<Action> {
        let replicas = self.means.replicas;
        self.cluster.take(self.task, placement).expect("it was found on this state");
        let mut actions: Vec<Action> = Vec::new();
        let mut dearest_first = victims.to_vec();
        dearest_first
            .sort_by_key(|at| (Reverse(replicas.get(*at).priority), Reverse(replicas.get(*at).ran), *at));
        for replica in dearest_first {
            let task = &replicas.get(replica).running.task;
            let beside = self.means.elsewhere.beside(replica, &actions);
            actions.push(match self.placer.seek(self.cluster, task, beside.as_deref()) {
                Some(to) => {
                    let parts = self.placer.parts(self.cluster, task, &to);
                    self.cluster.take(task, &to).expect("it was found on this state");
                    Action::Move { replica, to, parts }
                }
                None => Action::Evict { replica },
            });
        }
        for action in &actions {
            if let Action::Move { replica, to, .. } = action {
                self.cluster.give_back(&replicas.get(*replica).running.task, to);
            }
        }
        self.cluster.give_back(self.task, placement);
        actions
    }

    /// What is left to do, evictions first, with a gang of which one is evicted evicted whole.
    fn with_gangs(&self, actions: Vec<Action>) -> Vec<Action> {
        let evicted = actions.iter().filter(|action| action.evicts());
        let gone: BTreeSet<usize> =
            evicted.flat_map(|action| self.means.replicas.together(action.replica())).collect();
        // Who would go to where it is stays.
        let stays = |action: &Action| match action {
            Action::Move { replica, to, .. } => {
                let running = &self.means.replicas.get(*replica).running;
                (running.node, running.devices) == (to.node, to.devices)
            }
            Action::Evict { .. } => false,
        };
        let moves = actions.into_iter().filter(|action| !gone.contains(&action.replica()) && !stays(action));
        gone.iter().map(|replica| Action::Evict { replica: *replica }).chain(moves).collect()
    }

    /// The same with whoever may no longer go where it would move evicted too: who was evicted after it had been found a place may have stood
    /// where replicas are fewest.
    fn settled(&self, actions: Vec<Action>) -> Vec<Action> {
        let mut actions = self.with_gangs(actions);
        while let Some(at) = self.first_unlawful(&actions) {
            actions[at] = Action::Evict { replica: actions[at].replica() };
            actions = self.with_gangs(actions);
        }
        actions
    }

    /// The first that may not go where it moves once all before it is done.
    fn first_unlawful(&self, actions: &[Action]) -> Option<usize> {
        actions.iter().enumerate().position(|(at, action)| match action {
            Action::Move { replica, to, .. } => {
                let beside = self.means.elsewhere.beside(*replica, &actions[..at]);
                beside.is_some_and(|beside| !beside.admits(to.node))
            }
            Action::Evict { .. } => false,
        })
    }

    /// What `actions` cost; `None` where that is more than may be done.
    fn allowed(&self, actions: &[Action]) -> Option<Cost> {
        let replicas = self.means.replicas;
        let evicted: Vec<usize> =
            actions.iter().filter(|action| action.evicts()).map(Action::replica).collect();
        let mut by_group: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for at in &evicted {
            if let Some((row, group)) = replicas.group(*at) {
                by_group.entry(row).or_insert((0, group.evictions_left)).0 += 1;
            }
        }
        let within = actions.len() <= self.means.victims_max
            && evicted.iter().all(|at| self.means.touches(*at))
            && by_group.values().all(|(evictions, left)| evictions <= left);
        within.then(|| {
            let ran = evicted.iter().map(|at| replicas.get(*at).ran).fold(0, u64::saturating_add);
            let priority = evicted.iter().map(|at| replicas.get(*at).priority).max();
            Cost { priority, evictions: evicted.len(), ran, moves: actions.len() - evicted.len() }
        })
    }
}

fn home(replicas: &Replicas, at: usize) -> (&Task, Placement) {
    let running = &replicas.get(at).running;
    (&running.task, Placement { node: running.node, devices: running.devices, points: 0 })
}

/// `None`: so many as are needed are not cheap.
fn fewest(
    victims: &[usize],
    fits: impl Fn(&[usize]) -> bool,
    is_cheap: impl Fn(usize) -> bool,
) -> Option<Vec<usize>> {
    if !is_cheap(1) {
        return None;
    }
    if let Some(one) = victims.iter().find(|one| fits(&[**one])) {
        return Some(vec![*one]);
    }
    if !is_cheap(2) {
        return None;
    }
    let few = &victims[..victims.len().min(PAIRS_MAX)];
    let mut pairs =
        few.iter().enumerate().flat_map(|(at, one)| few[at + 1..].iter().map(move |two| [*one, *two]));
    if let Some(pair) = pairs.find(|pair| fits(pair)) {
        return Some(pair.to_vec());
    }
    // Of more there may be two that were not tried as a pair.
    (few.len() < victims.len() || is_cheap(3)).then(|| without_needless(victims, fits))
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
