//! Room for a task by moving or evicting what runs: preemption, and room by moves alone.
//!
//! Work: all replicas once, then at most 32 nodes tried out. Source: after the preemption of kube-scheduler, which moves nothing.
//! Known gaps: victims are of one node; of more than two the set is free of needless ones, not the least.

use super::cluster::Cluster;
use super::means::{Action, Cost, Means};
use super::mix::Parts;
use super::other_places::OtherPlaces;
use super::placer::Placer;
use super::replicas::Replicas;
use super::rows::{NodeRow, Placement};
use super::task::Task;
use super::victims::Victims;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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

/// The cheapest room for `task`, moves before evictions. A proposal: the cluster is left as it was. It cannot go round in a circle: only a
/// strictly lower priority is evicted, and who is moved takes free room.
pub fn make_room(cluster: &mut Cluster, placer: &mut Placer, task: &Task, means: &Means<'_>) -> Option<Room> {
    let mut others = OtherPlaces::new(cluster, means.replicas);
    make_room_beside(cluster, placer, task, means, &mut others)
}

/// The same for who asks more than once on one state of the cluster.
pub(super) fn make_room_beside(
    cluster: &mut Cluster,
    placer: &mut Placer,
    task: &Task,
    means: &Means<'_>,
    others: &mut OtherPlaces,
) -> Option<Room> {
    let mut searching = Searching { cluster, placer, task, means, others };
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
    others: &'a mut OtherPlaces,
}

impl Searching<'_> {
    fn cheapest(&mut self, evict: bool) -> Option<Room> {
        let mut best: Option<Room> = None;
        let victims = Victims { cluster: self.cluster, task: self.task, means: self.means };
        let others = (!evict).then_some(&mut *self.others);
        for (_, node, victims) in victims.candidates(others) {
            let Some(room) = self.try_out(node, &victims, evict) else { continue };
            if best.as_ref().is_none_or(|best| room.cost < best.cost) {
                best = Some(room);
            }
        }
        best
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
            && self.means.touches_all(&evicted)
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
