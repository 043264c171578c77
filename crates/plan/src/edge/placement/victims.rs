//! Whose going makes room for a task, and on which nodes.

use super::cluster::Cluster;
use super::filter::holds;
use super::means::{Cost, Means};
use super::other_places::OtherPlaces;
use super::replicas::Here;
use super::rows::NodeRow;
use super::task::Task;
use std::collections::BTreeSet;

/// Nodes on which making room is tried out, the cheapest first: enough that one whose work can move is among them.
const TRIES_MAX: usize = 32;

/// Victims of one node that are tried two by two; with more, the least are found by leaving one after the other in peace.
const PAIRS_MAX: usize = 24;

/// A node to be tried out, with whom; what it costs if all are evicted.
pub(super) type Candidate = (Cost, NodeRow, Vec<usize>);

/// A look at all replicas for one task.
pub(super) struct Victims<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) task: &'a Task,
    pub(super) means: &'a Means<'a>,
}

impl Victims<'_> {
    /// The nodes where the going of some replicas makes room that are to be tried out, with these; the cheapest first, as if all were evicted.
    /// With `others` nobody is to be evicted: only those count for whom another place is free.
    pub(super) fn candidates(&self, mut others: Option<&mut OtherPlaces>) -> BTreeSet<Candidate> {
        let means = self.means;
        let mut found: BTreeSet<Candidate> = BTreeSet::new();
        for (node, here) in means.replicas.by_node() {
            let may_go = |here: &&Here| {
                let others = others.as_deref_mut();
                means.touches(here) && others.is_none_or(|all| all.has(self.cluster, means.replicas, here))
            };
            let mut victims: Vec<Here> = here.iter().filter(may_go).copied().collect();
            let dearest = found.last().filter(|_| found.len() >= TRIES_MAX).map(|(cost, ..)| *cost);
            // No set of them costs less than its cheapest member alone.
            let cheapest = victims.iter().map(Cost::of_one).min();
            if cheapest.is_none_or(|cheapest| dearest.is_some_and(|dearest| cheapest >= dearest))
                || !self.could_hold(node)
            {
                continue;
            }
            victims.sort_unstable_by_key(|here| (here.priority, here.ran, here.at));
            let victims: Vec<usize> = victims.iter().map(|here| here.at).collect();
            if let Some(least) = self.least(node, &victims, dearest) {
                found.insert((self.cost(&least), node, least));
                if found.len() > TRIES_MAX {
                    found.pop_last();
                }
            }
        }
        found
    }

    /// Whether the node could hold the task with nothing else on it.
    fn could_hold(&self, node: NodeRow) -> bool {
        let profile = self.cluster.profile(node);
        self.cluster.free(node).is_some()
            && self.task.allows(profile.class)
            && holds(profile, &profile.capacity, self.task)
            && self.means.here.is_none_or(|here| here.admits(node))
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
            let tasks = gone.iter().map(|at| &replicas.get(*at).running.task);
            with.storage_mib = self.cluster.storage_without(node, self.task, tasks);
            holds(self.cluster.profile(node), &with.without_lost(&capacity), self.task)
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
