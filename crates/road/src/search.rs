//! Queries between places: one drive by the hierarchy, the nearest of many by Dijkstra's algorithm.
//!
//! Dijkstra's algorithm runs over the ports of the network, so it obeys turn restrictions. Targets wait in the same queue as ports,
//! behind them at equal time: they come out nearest first, ties by index, and the search ends with the last one that is wanted. Called
//! thousands of times per tick: labels are stamped, never cleared, and the queue's keys are packed words.
//! Source: Dijkstra, Numerische Mathematik 1, 1959.

use crate::cch::{Hierarchy, NearestIndex, NearestQuery, Seed, UpwardSearch, Weight, on_threads, unpack};
use crate::drive_cache::DriveCache;
use crate::leg::{EdgeId, Leg, Path, RoadPoint};
use crate::network::Roads;
use crate::targets::{Found, Targets};
use crate::trace::trace;
use paceline_model::Millis;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroUsize;

/// In which direction along the roads a search runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the source, along the roads: where can it get to?
    FromSource,
    /// Towards the source, against the roads: who can get to it?
    ToSource,
}

/// How long it takes between places.
///
/// Of drives that take the same time the shorter counts, then the one with less effort: every method gives the same leg.
pub trait TravelTimes {
    /// Up to `count` nearest targets by travel time within `bound`, nearest first, ties by target index.
    fn nearest(
        &self,
        search: &mut Search,
        source: RoadPoint,
        targets: &Targets,
        direction: Direction,
        count: usize,
        bound: Millis,
    ) -> Vec<Found>;
    /// The same for many sources at once, each with a count and a bound of its own: one answer per query, in their order.
    /// Any number of threads gives the same, and so does [`TravelTimes::nearest`] for one after the other.
    fn nearest_for_all(
        &self,
        search: &mut Search,
        queries: &[NearestQuery],
        targets: &Targets,
        direction: Direction,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Found>>;
    /// From one place to another; [`Leg::UNREACHABLE`] if no path leads there.
    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg;
    /// From one place to another with its edges and line; `None` if no path leads there.
    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path>;
}

#[derive(Clone, Copy, Debug)]
struct PortLabel {
    weight: Weight,
    stamp: u32,
}

const UNLABELLED: PortLabel = PortLabel { weight: Weight::NONE, stamp: 0 };

/// Scratch for searches: one per thread, reused from search to search and sized by itself.
#[derive(Clone, Debug, Default)]
pub struct Search {
    stamp: u32,
    settled: u64,
    ports: usize,
    /// Ports first, then targets.
    labels: Vec<PortLabel>,
    queue: BinaryHeap<Reverse<u64>>,
    pub(crate) forward: UpwardSearch,
    pub(crate) backward: UpwardSearch,
    /// For [`Roads::cached_leg`].
    pub(crate) drives: DriveCache,
}

impl Search {
    /// Scratch for `roads`; it grows where needed and may be used with another network.
    pub fn new(roads: &Roads) -> Self {
        let mut search = Self::default();
        search.begin(roads.hierarchy().ports(), 0);
        search
    }
    /// Ports settled in the last search: the count of work steps.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    pub(crate) fn begin(&mut self, ports: usize, targets: usize) {
        if self.stamp == u32::MAX {
            self.labels.fill(UNLABELLED);
            self.stamp = 0;
        }
        self.stamp += 1;
        self.settled = 0;
        self.ports = ports;
        if self.labels.len() < ports + targets {
            self.labels.resize(ports + targets, UNLABELLED);
        }
        self.queue.clear();
    }
    /// Offers a drive to `index` (a port, or ports + target). At equal time it waits in the queue already.
    #[inline]
    fn improve(&mut self, index: usize, weight: Weight, bound: i64) {
        if weight.key > bound {
            return;
        }
        let label = &mut self.labels[index];
        let known = label.stamp == self.stamp;
        if known && label.weight <= weight {
            return;
        }
        let queued = known && label.weight.key >> 32 == weight.key >> 32;
        *label = PortLabel { weight, stamp: self.stamp };
        if !queued {
            self.queue.push(Reverse((weight.key >> 32 << 32) as u64 | index as u64));
        }
    }
    #[inline]
    pub(crate) fn reach(&mut self, port: u32, weight: Weight, bound: i64) {
        self.improve(port as usize, weight, bound);
    }
    #[inline]
    pub(crate) fn reach_target(&mut self, target: u32, weight: Weight, bound: i64) {
        self.improve(self.ports + target as usize, weight, bound);
    }
    /// The next port or target in order of time, with the drive to it.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(Reached, Weight)> {
        while let Some(Reverse(key)) = self.queue.pop() {
            let index = (key & 0xffff_ffff) as usize;
            let weight = self.labels[index].weight;
            if weight.key as u64 >> 32 == key >> 32 {
                if index >= self.ports {
                    return Some((Reached::Target((index - self.ports) as u32), weight));
                }
                self.settled += 1;
                return Some((Reached::Port(index as u32), weight));
            }
        }
        None
    }
}

pub(crate) enum Reached {
    Port(u32),
    Target(u32),
}

/// The greatest key within `bound` that is still a drive.
pub(crate) fn within(bound: Millis) -> i64 {
    let time = i64::from(bound.0.min(i32::MAX as u32));
    (time << 32 | 0xffff_ffff).min(Weight::NONE.key - 1)
}

impl TravelTimes for Roads {
    fn nearest(
        &self,
        search: &mut Search,
        source: RoadPoint,
        targets: &Targets,
        direction: Direction,
        count: usize,
        bound: Millis,
    ) -> Vec<Found> {
        let hierarchy = self.hierarchy();
        let bound = within(bound);
        let mut found = Vec::with_capacity(count.min(targets.len()));
        search.begin(hierarchy.ports(), targets.len());
        if count == 0 || targets.is_empty() {
            return found;
        }
        self.depart(search, source, targets, direction, bound);
        while let Some((reached, weight)) = search.next() {
            match reached {
                Reached::Target(target) => {
                    found.push(Found { target, leg: weight.leg() });
                    if found.len() == count {
                        break;
                    }
                }
                Reached::Port(port) => {
                    for entry in targets.at(direction, port) {
                        search.reach_target(entry.target, weight.plus(entry.weight), bound);
                    }
                    self.expand(&hierarchy, search, direction, port, weight, bound);
                }
            }
        }
        found
    }

    fn nearest_for_all(
        &self,
        search: &mut Search,
        queries: &[NearestQuery],
        targets: &Targets,
        direction: Direction,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Found>> {
        let count = queries.iter().map(|query| query.count).max().unwrap_or(0);
        let bound = queries.iter().map(|query| query.bound).max().unwrap_or(Millis::ZERO);
        if !self.batching_pays(queries.len(), targets.len(), count) {
            return self.one_by_one(search, queries, targets, direction, threads);
        }
        let index = NearestIndex::new(self, targets.clone(), direction, count, bound, threads);
        let (answers, steps) = index.answer(queries, threads);
        search.settled = index.steps() + steps;
        answers
    }

    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
        let direct = self.direct(from, to).map_or(Weight::NONE, |(weight, ..)| weight);
        let over = self.meet(
            search,
            &self.seeds(from, Direction::FromSource),
            &self.seeds(to, Direction::ToSource),
            direct,
        );
        over.map_or(direct, |(weight, _)| weight).leg()
    }

    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        let drive = self.drive(search, from, to)?;
        Some(trace(self, &drive))
    }
}

/// Queries below which a thread of their own costs more than it brings.
const QUERIES_PER_THREAD: usize = 200;
/// Ports that even a search among dense targets settles.
const SETTLED_LEAST: usize = 20;
/// Ports above one place that are not above its neighbours too, about.
const ABOVE_EACH: usize = 30;
/// Ports that a search settles in the time in which the index visits one.
const INDEXED_PER_SETTLED: usize = 11;

/// A drive between two places: how the start was left, how the goal is entered, and the whole edges in between.
#[derive(Clone, Debug)]
pub(crate) struct Drive {
    pub(crate) leg: Leg,
    pub(crate) from: RoadPoint,
    pub(crate) to: RoadPoint,
    /// `None` if the drive stays on one edge.
    pub(crate) between: Option<Vec<EdgeId>>,
}

impl Roads {
    /// Whether a [`NearestIndex`] costs less than one search by Dijkstra's algorithm per query, each for the `count` nearest
    /// of `targets`. Only time depends on it.
    ///
    /// A search settles ports until it has met enough targets; the index visits, of all ports, those above the targets and those
    /// above the queries. The weights are measured (`bench/road`).
    pub fn batching_pays(&self, queries: usize, targets: usize, count: usize) -> bool {
        let ports = self.hierarchy().ports();
        let settled = ports.saturating_mul(count.min(targets)) / targets.max(1) + SETTLED_LEAST;
        let indexed =
            ports.min(targets.saturating_mul(ABOVE_EACH)) + ports.min(queries.saturating_mul(ABOVE_EACH));
        queries.saturating_mul(settled.min(ports)) > indexed.saturating_mul(INDEXED_PER_SETTLED)
    }
    fn one_by_one(
        &self,
        search: &mut Search,
        queries: &[NearestQuery],
        targets: &Targets,
        direction: Direction,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Found>> {
        let threads = threads.min(NonZeroUsize::MIN.saturating_add(queries.len() / QUERIES_PER_THREAD));
        let each = queries.len().div_ceil(threads.get()).max(1);
        let answers = on_threads(threads, |thread| {
            let mut search = Search::new(self);
            let mut settled = 0;
            let one = |query: &NearestQuery| {
                let found =
                    self.nearest(&mut search, query.place, targets, direction, query.count, query.bound);
                settled += search.settled();
                found
            };
            let mine = queries.chunks(each).nth(thread).unwrap_or_default();
            (mine.iter().map(one).collect::<Vec<_>>(), settled)
        });
        search.settled = answers.iter().map(|(_, settled)| settled).sum();
        answers.into_iter().flat_map(|(found, _)| found).collect()
    }
    /// The names of a place: on its edge, and on the opposite one if the street is two-way.
    pub(crate) fn names(&self, point: RoadPoint) -> impl Iterator<Item = RoadPoint> + use<> {
        [Some(point), self.mirrored(point)].into_iter().flatten()
    }
    /// The port at which a drive from this name of a place leaves its edge, and the drive there.
    pub(crate) fn start(&self, name: RoadPoint) -> (u32, Leg) {
        (self.hierarchy().port_of[name.edge.index()], self.after(name))
    }
    /// The ports from which a drive to this name of a place may enter its edge, and the drive from there.
    pub(crate) fn goals(&self, name: RoadPoint) -> impl Iterator<Item = (u32, Leg)> + use<'_> {
        let leg = self.before(name);
        self.hierarchy().entered_from(name.edge.0).map(move |port| (port, leg))
    }
    /// The same for all names of a place, with the name that each seed is of.
    fn named_seeds(&self, place: RoadPoint, direction: Direction) -> Vec<(Seed, RoadPoint)> {
        let seed = |(port, leg)| Seed { port, weight: Weight::of(leg) };
        let mut seeds = Vec::with_capacity(4);
        for name in self.names(place) {
            match direction {
                Direction::FromSource => seeds.push((seed(self.start(name)), name)),
                Direction::ToSource => seeds.extend(self.goals(name).map(|it| (seed(it), name))),
            }
        }
        seeds
    }
    pub(crate) fn seeds(&self, place: RoadPoint, direction: Direction) -> Vec<Seed> {
        self.named_seeds(place, direction).into_iter().map(|(seed, _)| seed).collect()
    }
    /// Starts a search at its source: at the ends of its edge, and at targets on the same edge.
    pub(crate) fn depart(
        &self,
        search: &mut Search,
        source: RoadPoint,
        targets: &Targets,
        direction: Direction,
        bound: i64,
    ) {
        for name in self.names(source) {
            self.beside(name, targets, direction, |target, weight| {
                search.reach_target(target, weight, bound)
            });
        }
        for seed in self.seeds(source, direction) {
            search.reach(seed.port, seed.weight, bound);
        }
    }
    /// Targets that are reached along the edge of the source, by one name of it.
    pub(crate) fn beside(
        &self,
        name: RoadPoint,
        targets: &Targets,
        direction: Direction,
        mut found: impl FnMut(u32, Weight),
    ) {
        // Every target is listed where its edge ends; where its edge may be entered, there may be none.
        let port = self.hierarchy().port_of[name.edge.index()];
        let listed = targets.at(Direction::ToSource, port);
        for entry in listed.iter().filter(|entry| entry.point.edge == name.edge) {
            let ahead = match direction {
                Direction::FromSource => self.ahead(name, entry.point),
                Direction::ToSource => self.ahead(entry.point, name),
            };
            if let Some(weight) = ahead {
                found(entry.target, weight);
            }
        }
    }
    #[inline]
    pub(crate) fn expand(
        &self,
        hierarchy: &Hierarchy<'_>,
        search: &mut Search,
        direction: Direction,
        port: u32,
        weight: Weight,
        bound: i64,
    ) {
        let arcs = match direction {
            Direction::FromSource => hierarchy.on(port),
            Direction::ToSource => hierarchy.back(port),
        };
        let weights = self.metric().weights();
        for arc in arcs {
            search.reach(arc.head, weight.plus(Weight::of(weights[arc.edge as usize])), bound);
        }
    }
    /// The drive along one edge, if `to` is on it and not behind `from`.
    fn ahead(&self, from: RoadPoint, to: RoadPoint) -> Option<Weight> {
        if from.edge != to.edge || from.fraction > to.fraction {
            return None;
        }
        if from.fraction == to.fraction {
            return Some(Weight::ZERO);
        }
        let whole = self.edge_leg(from.edge);
        whole.is_reachable().then(|| Weight::of(self.before(to).without(self.before(from))))
    }
    /// The best drive that stays on one edge, with the names by which it begins and ends.
    pub(crate) fn direct(&self, from: RoadPoint, to: RoadPoint) -> Option<(Weight, RoadPoint, RoadPoint)> {
        let pairs = self.names(from).flat_map(|start| self.names(to).map(move |goal| (start, goal)));
        let drives = pairs.filter_map(|(start, goal)| Some((self.ahead(start, goal)?, start, goal)));
        drives.min_by_key(|&(weight, ..)| weight)
    }
    /// Where the upward searches from both ends meet best, if that is better than `best`.
    fn meet(
        &self,
        search: &mut Search,
        from: &[Seed],
        to: &[Seed],
        mut best: Weight,
    ) -> Option<(Weight, u32)> {
        let hierarchy = self.hierarchy();
        let upward = &self.metric().upward;
        let mut meeting = None;
        let Search { forward, backward, settled, .. } = search;
        forward.run(&hierarchy, &upward.forward, from, |_, _| true);
        backward.run(&hierarchy, &upward.backward, to, |port, weight| {
            let sum = forward.weight(port).plus(weight);
            if sum < best {
                best = sum;
                meeting = Some((sum, port));
            }
            weight < best
        });
        *settled = (forward.passed.len() + backward.passed.len()) as u64;
        meeting
    }
    /// The fastest drive from one place to another.
    pub(crate) fn drive(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Drive> {
        let direct = self.direct(from, to);
        let starts = self.named_seeds(from, Direction::FromSource);
        let goals = self.named_seeds(to, Direction::ToSource);
        let seeds = |named: &[(Seed, RoadPoint)]| named.iter().map(|&(seed, _)| seed).collect::<Vec<_>>();
        let bound = direct.map_or(Weight::NONE, |(weight, ..)| weight);
        let Some((weight, port)) = self.meet(search, &seeds(&starts), &seeds(&goals), bound) else {
            return direct.map(|(weight, from, to)| Drive { leg: weight.leg(), from, to, between: None });
        };
        let (mut up, start) = search.forward.path_down(port);
        let (down, goal) = search.backward.path_down(port);
        up.reverse();
        let (hierarchy, metric) = (self.hierarchy(), self.metric());
        let mut edges = Vec::new();
        for pair in up {
            unpack(&hierarchy, &metric.arcs, metric.weights(), pair, true, &mut edges);
        }
        for pair in down {
            unpack(&hierarchy, &metric.arcs, metric.weights(), pair, false, &mut edges);
        }
        Some(Drive { leg: weight.leg(), from: starts[start].1, to: goals[goal].1, between: Some(edges) })
    }
    /// From one place to another by Dijkstra's algorithm alone: the floor under the hierarchy, for comparison.
    pub fn leg_without_hierarchy(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
        let targets = Targets::new(self, &[to]);
        let found = self.nearest(search, from, &targets, Direction::FromSource, 1, Millis::MAX);
        found.first().map_or(Leg::UNREACHABLE, |found| found.leg)
    }
}
