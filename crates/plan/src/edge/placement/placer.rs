//! Finds the node and the devices for a task.

use super::cluster::Cluster;
use super::filter::{Rule, Unplaceable, refusal};
use super::mix::{Mix, Parts, Step};
use super::ranking::{Ranking, key};
use super::rows::{Devices, NodeRow, Placement};
use super::task::Task;
use std::collections::BTreeMap;

/// Kinds of task that are remembered. More than that begin anew together; one holds about 24 bytes for each state.
const KINDS_MAX: usize = 1024;

/// What depends on a task and a node at once, beyond amounts and classes.
pub trait Beside {
    /// Whether the node may take it now.
    fn admits(&self, node: NodeRow) -> bool;
    /// Added to what the scores give.
    fn points(&self, _node: NodeRow) -> i32 {
        0
    }
}

/// Scores, and what they said so far. It follows one [`Cluster`]; for another one make another.
pub struct Placer {
    mix: Mix,
    rankings: BTreeMap<Task, Ranking>,
}

impl Placer {
    /// Places by `mix`.
    pub fn new(mix: Mix) -> Self {
        Self { mix, rankings: BTreeMap::new() }
    }
    /// The best node for `task`; takes nothing.
    ///
    /// Errors: [`Unplaceable`] with the count of nodes by rule. Work: the states that changed since this kind of task was last asked for.
    pub fn find(&mut self, cluster: &Cluster, task: &Task) -> Result<Placement, Unplaceable> {
        self.seek(cluster, task, None).ok_or_else(|| why_not(cluster, task))
    }
    /// The best node that `beside` admits, by the scores and its points together. Looks at every node.
    pub fn find_among(
        &mut self,
        cluster: &Cluster,
        task: &Task,
        beside: &dyn Beside,
    ) -> Result<Placement, Unplaceable> {
        let found = self.seek_among(cluster, task, beside);
        found.ok_or_else(|| with_beside(why_not(cluster, task), cluster.in_service()))
    }
    /// As [`Self::find`], or as [`Self::find_among`], without counting why not: that costs a look at all states.
    pub(super) fn seek(
        &mut self,
        cluster: &Cluster,
        task: &Task,
        beside: Option<&dyn Beside>,
    ) -> Option<Placement> {
        if let Some(beside) = beside {
            return self.seek_among(cluster, task, beside);
        }
        let best = self.ranking(cluster, task).best()?;
        let (_, node) = cluster.state(best).members.first()?;
        Some(self.on(cluster, task, *node))
    }

    fn seek_among(&mut self, cluster: &Cluster, task: &Task, beside: &dyn Beside) -> Option<Placement> {
        self.ranking(cluster, task);
        let ranking = self.rankings.get_mut(task).expect("it has just been asked");
        ranking.complete(cluster, task, &self.mix);
        let mut best: Option<(u64, NodeRow)> = None;
        for node in cluster.rows() {
            let fits = cluster.state_of(node).and_then(|state| ranking.points(state));
            let Some(points) = fits.filter(|_| beside.admits(node)) else { continue };
            let key = key(points.saturating_add(beside.points(node)), cluster.rank(node));
            if best.is_none_or(|(highest, _)| key > highest) {
                best = Some((key, node));
            }
        }
        let (_, node) = best?;
        let mut found = self.on(cluster, task, node);
        found.points = found.points.saturating_add(beside.points(node));
        Some(found)
    }
    /// The best devices of one node; `None` where `task` does not fit.
    pub fn on_node(&self, cluster: &Cluster, task: &Task, node: NodeRow) -> Option<Placement> {
        let (profile, free) = (cluster.profile(node), cluster.free(node)?);
        let fits = refusal(profile, free, task).is_none();
        fits.then(|| self.on(cluster, task, node))
    }
    /// Those devices of one node. Errors: the rule by which `task` does not go there.
    pub fn on_devices(
        &self,
        cluster: &Cluster,
        task: &Task,
        (node, devices): (NodeRow, Devices),
    ) -> Result<Placement, Rule> {
        let (profile, free) = (cluster.profile(node), cluster.free(node).ok_or(Rule::UnknownClass)?);
        if let Some(rule) = refusal(profile, free, task) {
            return Err(rule);
        }
        if task.slice.is_some() {
            // What has a slice stays where it is, but for a reason.
            return Err(Rule::Slices);
        }
        let whole = devices.count() == usize::from(task.devices);
        if !whole || devices.iter().any(|device| !free.device_fits(device, task)) {
            return Err(Rule::DeviceShare);
        }
        let after = free.after(task, devices);
        let points = self.mix.points(&Step { profile, before: free, after: &after, task });
        Ok(Placement { node, devices, points: points.saturating_add(profile.points) })
    }
    /// What each score says of putting `task` where it fits; nothing where the node is out of service.
    pub fn parts(&self, cluster: &Cluster, task: &Task, at: &Placement) -> Parts {
        let Some(before) = cluster.free(at.node) else { return Parts::default() };
        let after = before.after(task, at.devices);
        self.mix.parts(&Step { profile: cluster.profile(at.node), before, after: &after, task })
    }
    /// The points that `task`, which holds `from`, gains by going to `to`, whose points are as things stand; `None` where the node that it
    /// leaves is out of service.
    pub fn gain(&self, cluster: &Cluster, task: &Task, from: &Placement, to: &Placement) -> Option<i32> {
        let held = self.points_of_held(cluster, task, from)?;
        if from.node != to.node {
            return Some(to.points.saturating_sub(held));
        }
        // Both as if it were not there yet.
        let (profile, mut before) = (cluster.profile(from.node), *cluster.free(from.node)?);
        before.add(task, from.devices);
        let before = before.without_lost(&profile.capacity);
        let after = before.after(task, to.devices);
        let there = self.mix.points(&Step { profile, before: &before, after: &after, task });
        Some(there.saturating_add(profile.points).saturating_sub(held))
    }
    /// The points that `task`, which holds its place, was worth there; `None` where the node is out of service.
    pub(super) fn points_of_held(&self, cluster: &Cluster, task: &Task, at: &Placement) -> Option<i32> {
        let (profile, after) = (cluster.profile(at.node), cluster.free(at.node)?);
        let mut before = *after;
        before.add(task, at.devices);
        let step = Step { profile, before: &before.without_lost(&profile.capacity), after, task };
        Some(self.mix.points(&step).saturating_add(profile.points))
    }

    fn ranking(&mut self, cluster: &Cluster, task: &Task) -> &Ranking {
        if !self.rankings.contains_key(task) {
            if self.rankings.len() >= KINDS_MAX {
                self.rankings.clear();
            }
            self.rankings.insert(task.clone(), Ranking::new(cluster, task, &self.mix));
        }
        let ranking = self.rankings.get_mut(task).expect("it has just been put there");
        ranking.refresh(cluster, task, &self.mix);
        ranking
    }
    /// The placement on a node where the task fits.
    fn on(&self, cluster: &Cluster, task: &Task, node: NodeRow) -> Placement {
        let profile = cluster.profile(node);
        let free = cluster.free(node).expect("it is in service");
        let (points, devices) = self.mix.best(profile, free, task).expect("it fits");
        Placement { node, devices, points: points.saturating_add(profile.points) }
    }
}

/// Counts all nodes by the first rule that keeps `task` off each; nodes where it fits are not counted.
pub(super) fn why_not(cluster: &Cluster, task: &Task) -> Unplaceable {
    let mut counts = Unplaceable::default();
    for state in cluster.states() {
        if state.members.is_empty() {
            continue;
        }
        if let Some(rule) = refusal(cluster.profile_at(state.profile), &state.free, task) {
            counts.count(rule, state.members.len() as u32);
        }
    }
    counts
}

fn with_beside(mut counts: Unplaceable, nodes: u32) -> Unplaceable {
    let fit = nodes - counts.total();
    counts.count(Rule::Beside, fit);
    counts
}
