//! Moves that undo what came and went has left behind: a plan with the price of each step, made before anything moves.

use super::cluster::Cluster;
use super::freed::{Freed, Measure};
use super::means::{Action, Elsewhere};
use super::placer::Placer;
use super::replicas::{Replica, Replicas};
use super::rows::{NodeRow, Placement};
use super::task::Task;
use crate::Budget;
use crate::edge::placement::Parts;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Steps of the budget for one look at where a kind of task goes: some microseconds.
const STEPS_OF_A_LOOK: u64 = 64;
/// Steps for the points of one placement: some tenths of a microsecond.
const STEPS_OF_POINTS: u64 = 8;

/// One step of a plan. Steps are applied in their order; after each the cluster is lawful, so that the plan may be stopped anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// By its place in the list of replicas.
    pub replica: usize,
    /// Where it runs.
    pub from: Placement,
    /// Where it goes.
    pub to: Placement,
    /// Points of the scores that it gains; each score says what a point is.
    pub gain: i32,
    /// What it frees.
    pub freed: Freed,
}

/// What a plan may do.
#[derive(Clone, Copy)]
pub struct Defragmenting<'a> {
    /// What runs. Whoever is held stays.
    pub replicas: &'a Replicas,
    /// At most so many moves.
    pub moves_max: usize,
    /// Points that each gains at least; 1 if it is less.
    pub gain_min: i32,
    /// Where each may go beside what its task says.
    pub elsewhere: &'a dyn Elsewhere,
    /// What is counted as free.
    pub measure: &'a Measure,
}

/// Moves, each the one that gains most as things stand then, none of which costs a whole free GPU or usable shares. Each goes where there is
/// room while it still runs: start it there first, then stop it here. Nobody moves twice. The cluster is left as it was. Where the budget
/// ends, so does the plan, with the best move that was found by then.
///
/// Work: for each move, one look-up a kind of task, one a workload and node where replicas are spread, and the points of what runs on two
/// nodes. Source: ours; greedy. Known gaps: two replicas that would have to change places do not; no replica moves into room that its own
/// going makes; a move that pays only with the next one is not seen.
pub fn defragment(
    cluster: &mut Cluster,
    placer: &mut Placer,
    means: &Defragmenting<'_>,
    budget: &mut Budget,
) -> Vec<Relocation> {
    let mut searching = Searching {
        held: vec![None; means.replicas.len()],
        moved: vec![false; means.replicas.len()],
        done: Vec::new(),
        means,
        placer,
    };
    let mut plan: Vec<Relocation> = Vec::new();
    while plan.len() < means.moves_max && !budget.is_over() {
        let Some(step) = searching.best(cluster, budget) else { break };
        let task = &means.replicas.get(step.replica).running.task;
        cluster.take(task, &step.to).expect("it was found on this state");
        cluster.give_back(task, &step.from);
        searching.went(&step);
        plan.push(step);
    }
    for step in plan.iter().rev() {
        let task = &means.replicas.get(step.replica).running.task;
        cluster.restore(task, &step.from);
        cluster.give_back(task, &step.to);
    }
    plan
}

struct Searching<'a> {
    means: &'a Defragmenting<'a>,
    placer: &'a mut Placer,
    /// What each is worth where it is, as last worked out; `None` where its node has changed since.
    held: Vec<Option<i32>>,
    moved: Vec<bool>,
    /// The same as the plan, as whoever knows of spread is told.
    done: Vec<Action>,
}

/// Replicas that may go to the same nodes: of one kind, and where they stay spread also of one group on one node.
type Alike<'a> = (&'a Task, Option<(u32, NodeRow)>);

impl<'a> Searching<'a> {
    /// The move that gains most.
    fn best(&mut self, cluster: &Cluster, budget: &mut Budget) -> Option<Relocation> {
        let mut found: BTreeMap<Alike<'a>, Option<Placement>> = BTreeMap::new();
        let mut gains: Vec<(i32, Reverse<usize>, Placement)> = Vec::new();
        for (at, replica) in self.means.replicas.iter().enumerate() {
            if replica.held || self.moved[at] {
                continue;
            }
            if budget.is_over() {
                // The best of those that were looked at is worth its price too.
                break;
            }
            let Some(to) = self.goal(cluster, (at, replica), &mut found, budget) else { continue };
            let gain = self.gain(cluster, (at, replica), &to, budget);
            if let Some(gain) = gain.filter(|gain| *gain >= self.means.gain_min.max(1)) {
                gains.push((gain, Reverse(at), to));
            }
        }
        gains.sort_unstable_by_key(|(gain, at, _)| Reverse((*gain, *at)));
        gains.into_iter().find_map(|(gain, Reverse(replica), to)| {
            budget.spend(STEPS_OF_POINTS);
            let of = self.means.replicas.get(replica);
            let from = home(of);
            let freed = self.means.measure.freed(cluster, &of.running.task, &from, &to);
            freed.is_no_loss().then_some(Relocation { replica, from, to, gain, freed })
        })
    }

    /// The best place for one, if that is not where it is.
    fn goal(
        &mut self,
        cluster: &Cluster,
        (at, replica): (usize, &'a Replica),
        found: &mut BTreeMap<Alike<'a>, Option<Placement>>,
        budget: &mut Budget,
    ) -> Option<Placement> {
        let task = &replica.running.task;
        let beside = self.means.elsewhere.beside(at, &self.done);
        let alone = (replica.group.unwrap_or(u32::MAX), replica.running.node);
        let alike = (task, beside.is_some().then_some(alone));
        let to = *found.entry(alike).or_insert_with(|| {
            budget.spend(STEPS_OF_A_LOOK + beside.as_ref().map_or(0, |_| u64::from(cluster.in_service())));
            match &beside {
                Some(beside) => self.placer.find_among(cluster, task, &**beside).ok(),
                None => self.placer.find(cluster, task).ok(),
            }
        });
        to.filter(|to| (to.node, to.devices) != (replica.running.node, replica.running.devices))
    }

    fn gain(
        &mut self,
        cluster: &Cluster,
        (at, replica): (usize, &Replica),
        to: &Placement,
        budget: &mut Budget,
    ) -> Option<i32> {
        let (task, from) = (&replica.running.task, home(replica));
        if from.node == to.node {
            budget.spend(STEPS_OF_POINTS);
            return self.placer.gain(cluster, task, &from, to);
        }
        if self.held[at].is_none() {
            budget.spend(STEPS_OF_POINTS);
            self.held[at] = self.placer.points_of_held(cluster, task, &from);
        }
        Some(to.points.saturating_sub(self.held[at]?))
    }

    /// What is worth more or less since, and who has moved.
    fn went(&mut self, step: &Relocation) {
        let touched = [step.from.node, step.to.node];
        for (held, replica) in self.held.iter_mut().zip(self.means.replicas.iter()) {
            if touched.contains(&replica.running.node) {
                *held = None;
            }
        }
        self.moved[step.replica] = true;
        self.done.push(Action::Move { replica: step.replica, to: step.to, parts: Parts::default() });
    }
}

fn home(replica: &Replica) -> Placement {
    Placement { node: replica.running.node, devices: replica.running.devices, points: 0 }
}
