//! The nodes as a round fills them, and back again where what was begun does not go on.

use super::evenly::Evenly;
use super::narrowed::Narrowed;
use super::plan::Found;
use super::problem::{Demand, Problem, Spread};
use crate::Budget;
use crate::edge::placement::{
    self as kernel, Action, Beside, Cluster, Elsewhere, Means, NodeRow, Placement, Placer, Replica, Replicas,
    Room, Task, Unplaceable, make_room,
};
use std::collections::BTreeSet;

/// Steps of the budget for looking at the nodes of one kind of task: some microseconds.
const STEPS_OF_A_LOOK: u64 = 64;

/// The nodes, what runs there, and how replicas stand.
pub(super) struct Filling<'a> {
    pub(super) problem: &'a Problem,
    pub(super) cluster: Cluster,
    pub(super) placer: &'a mut Placer,
    pub(super) spreads: Vec<Spread>,
    /// Nobody, where nobody may be touched.
    pub(super) replicas: Replicas,
    victims_left: u32,
    /// The lowest priority of all that runs.
    lowest: Option<i32>,
    /// Kinds of demand for which no room could be made, as long as nothing was given back since.
    hopeless: BTreeSet<(Task, i32, Vec<usize>)>,
}

/// Whom a filling is to know of what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Everybody, if any demand outranks anybody; else nobody may be touched.
    IfOutranked,
    /// Everybody.
    All,
}

/// A demand with its place, and what had to happen before.
pub(super) type Served = (Found, Vec<Action>);

impl<'a> Filling<'a> {
    pub(super) fn new(problem: &'a Problem, placer: &'a mut Placer, known: Known) -> Self {
        let lowest = problem.running.iter().map(|running| running.priority).min();
        let outranks = |demand: &Demand| lowest.is_some_and(|lowest| lowest < demand.priority);
        let any_may_give_way =
            known == Known::All || problem.victims_max > 0 && problem.demands.iter().any(outranks);
        let (cluster, replicas) =
            if any_may_give_way { all_running(problem) } else { (problem.cluster(), groups(problem)) };
        Self {
            problem,
            lowest,
            cluster,
            placer,
            spreads: problem.spreads.clone(),
            replicas,
            victims_left: problem.victims_max,
            hopeless: BTreeSet::new(),
        }
    }

    /// Finds a place for a demand, by making room if need be, and takes it.
    ///
    /// Errors: how many nodes each rule took out for the variant that was wanted most.
    pub(super) fn place(&mut self, demand: &Demand, budget: &mut Budget) -> Result<Served, Unplaceable> {
        if let Some(from) = demand.from {
            self.count(&demand.spreads, from, false);
        }
        let served = match &demand.improves {
            Some(improvement) => self.improved(demand, improvement),
            None => {
                let found = self.free_place(demand, budget);
                found.or_else(|why_not| self.room(demand, budget).ok_or(why_not))
            }
        };
        match (&served, demand.from) {
            (Ok((found, _)), _) => self.count(&demand.spreads, found.node, true),
            (Err(_), Some(from)) => self.count(&demand.spreads, from, true),
            (Err(_), None) => {}
        }
        served
    }

    /// Gives back what [`Self::place`] took, and puts those back who gave way.
    pub(super) fn undo(&mut self, demand: &Demand, (found, actions): &Served) {
        let placement = Placement { node: found.node, devices: found.devices, points: found.points };
        self.cluster.give_back(&demand.options[found.option], &placement);
        self.hopeless.clear();
        self.count(&demand.spreads, found.node, false);
        if let Some(from) = demand.from {
            self.count(&demand.spreads, from, true);
        }
        for action in actions {
            if let Action::Move { replica, to, .. } = action {
                self.cluster.give_back(&self.problem.running[*replica].task, to);
            }
        }
        for action in actions {
            let running = &self.problem.running[action.replica()];
            self.cluster.restore(&running.task, &running.placement);
            self.step(action, true);
        }
    }

    fn free_place(&mut self, demand: &Demand, budget: &mut Budget) -> Result<Served, Unplaceable> {
        let mut why_not = None;
        for (option, task) in demand.options.iter().enumerate() {
            match self.look(demand, task, budget) {
                Ok(placement) => {
                    let parts = self.placer.parts(&self.cluster, task, &placement);
                    if self.cluster.take(task, &placement).is_ok() {
                        let Placement { node, devices, points } = placement;
                        let found = Found { node, devices, option, points, parts, improved: None };
                        return Ok((found, Vec::new()));
                    }
                }
                Err(unplaceable) => _ = why_not.get_or_insert(unplaceable),
            }
        }
        Err(why_not.unwrap_or_default())
    }

    /// The best node for one variant of a demand.
    pub(super) fn look(
        &mut self,
        demand: &Demand,
        task: &Task,
        budget: &mut Budget,
    ) -> Result<Placement, Unplaceable> {
        let Some(narrowed) = Narrowed::of(self.problem, &self.spreads, demand) else {
            budget.spend(STEPS_OF_A_LOOK);
            return self.placer.find(&self.cluster, task);
        };
        budget.spend(STEPS_OF_A_LOOK + u64::from(self.cluster.in_service()));
        let mut found = self.placer.find_among(&self.cluster, task, &narrowed)?;
        found.points = found.points.saturating_sub(narrowed.points(found.node));
        Ok(found)
    }

    /// Lets others give way, if that makes room: of the variants the one for which the least is lost, of equals the one wanted more.
    fn room(&mut self, demand: &Demand, budget: &mut Budget) -> Option<Served> {
        if self.victims_left == 0 || !self.outranks_somebody(demand.priority) {
            return None;
        }
        let mut best: Option<(usize, Room)> = None;
        for (option, task) in demand.options.iter().enumerate() {
            let kind = (task.clone(), demand.priority, demand.spreads.clone());
            if self.hopeless.contains(&kind) {
                continue;
            }
            budget.spend(STEPS_OF_A_LOOK + u64::from(self.cluster.in_service()));
            match self.search(demand, task) {
                Some(room) if best.as_ref().is_none_or(|(_, best)| room.cost < best.cost) => {
                    best = Some((option, room));
                }
                Some(_) => {}
                None if demand.spares.is_empty() => _ = self.hopeless.insert(kind),
                None => {}
            }
        }
        let (option, room) = best?;
        self.carry_out(&demand.options[option], &room);
        let Placement { node, devices, points } = room.placement;
        let found = Found { node, devices, option, points, parts: room.parts, improved: None };
        Some((found, room.actions))
    }

    /// Whether some have given way, in this round or a moment ago, so that fewer may now.
    pub(super) fn have_given_way(&self) -> bool {
        self.problem.victims_spent || self.victims_left < self.problem.victims_max
    }

    /// Whether anything that runs is of lower priority.
    pub(super) fn outranks_somebody(&self, priority: i32) -> bool {
        self.lowest.is_some_and(|lowest| lowest < priority)
    }

    fn search(&mut self, demand: &Demand, task: &Task) -> Option<Room> {
        self.by_its_means(demand, |cluster, placer, means| make_room(cluster, placer, task, &means))
    }

    /// Searches by what may be done to make room for a demand, as things stand.
    pub(super) fn by_its_means<T>(
        &mut self,
        demand: &Demand,
        search: impl FnOnce(&mut Cluster, &mut Placer, Means<'_>) -> T,
    ) -> T {
        let Self { problem, cluster, placer, spreads, replicas, victims_left, .. } = self;
        let spared = |at: usize| demand.spares.binary_search(&at).is_ok();
        let elsewhere = StaySpread { problem, spreads };
        let here = Narrowed::of(problem, spreads, demand);
        let means = Means {
            spared: &spared,
            victims_max: *victims_left as usize,
            here: here.as_ref().map(|here| here as &dyn Beside),
            elsewhere: &elsewhere,
            ..Means::preemption(replicas, demand.priority)
        };
        search(cluster, placer, means)
    }

    /// Lets give way who is to, and takes the room for the task.
    pub(super) fn carry_out(&mut self, task: &Task, room: &Room) {
        for action in &room.actions {
            let running = &self.problem.running[action.replica()];
            self.cluster.give_back(&running.task, &running.placement);
            self.step(action, false);
        }
        self.cluster.take(task, &room.placement).expect("room has been made");
        for action in &room.actions {
            if let Action::Move { replica, to, .. } = action {
                let running = &self.problem.running[*replica];
                self.cluster.take(&running.task, to).expect("its new place is free");
            }
        }
    }

    /// Notes that one gives way, or does not after all. Who gave way once is left alone.
    fn step(&mut self, action: &Action, back: bool) {
        let at = action.replica();
        let problem = self.problem;
        let running = &problem.running[at];
        let group = running.group.map(|row| &problem.groups[row]);
        let spreads = group.map_or(&[][..], |group| &group.spreads);
        self.count(spreads, running.placement.node, back);
        match action {
            Action::Move { to, .. } => {
                self.count(spreads, to.node, !back);
                self.replicas.moved(at, if back { &running.placement } else { to });
            }
            Action::Evict { .. } => {
                if let Some(row) = running.group {
                    self.replicas.spend(row as u32, 1, back);
                }
                self.hopeless.clear();
            }
        }
        self.replicas.hold(at, !back);
        self.victims_left = if back { self.victims_left + 1 } else { self.victims_left - 1 };
    }

    /// Counts a replica in the domains of a node, or no longer.
    pub(super) fn count(&mut self, spreads: &[usize], node: NodeRow, comes: bool) {
        for spread in spreads {
            self.spreads[*spread].count(node, comes);
        }
    }
}

/// Groups, with nobody in them yet.
fn groups(problem: &Problem) -> Replicas {
    let group =
        |group: &super::Group| kernel::Group { evictions_left: group.evictions_left, gang: group.gang };
    Replicas::with_groups(problem.groups.iter().map(group))
}

/// One that runs, as the search for room knows it. What its node no longer holds is left alone.
fn replica(running: &super::Running, taken: bool) -> Replica {
    let Placement { node, devices, .. } = running.placement;
    Replica {
        running: kernel::check::Running { task: running.task.clone(), node, devices },
        priority: running.priority,
        ran: running.ran,
        group: running.group.map(|group| group as u32),
        held: running.held || !taken,
    }
}

/// The nodes of a round with what runs on them, and who that is.
pub(super) fn all_running(problem: &Problem) -> (Cluster, Replicas) {
    let (mut cluster, mut replicas) = (problem.laid_out(), groups(problem));
    for running in &problem.running {
        let taken = cluster.take(&running.task, &running.placement).is_ok();
        replicas.add(replica(running, taken));
    }
    (cluster, replicas)
}

/// Where those that run may move: each workload stays spread.
pub(super) struct StaySpread<'a> {
    pub(super) problem: &'a Problem,
    pub(super) spreads: &'a [Spread],
}

impl Elsewhere for StaySpread<'_> {
    fn beside(&self, at: usize, before: &[Action]) -> Option<Box<dyn Beside + '_>> {
        let all = &self.problem.running;
        let group = all[at].group?;
        let mut changes = vec![(all[at].placement.node, false)];
        for action in before.iter().filter(|action| all[action.replica()].group == Some(group)) {
            changes.push((all[action.replica()].placement.node, false));
            if let Action::Move { to, .. } = action {
                changes.push((to.node, true));
            }
        }
        let evenly = Evenly::after(self.spreads, &self.problem.groups[group].spreads, &changes)?;
        Some(Box::new(evenly))
    }
}
