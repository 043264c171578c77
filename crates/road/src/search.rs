//! Dijkstra's algorithm over the network, from a place on an edge to places on edges, forwards and backwards.
//!
//! Source: Dijkstra, Numerische Mathematik 1, 1959. Targets wait in the same queue as nodes, behind them at equal time, so
//! they come out nearest first, ties by index, and the search ends with the last one that was asked for.
//! Called thousands of times per tick: labels are stamped, never cleared, and the queue's keys are packed words.

use crate::columns::Columns;
use crate::file::Section;
use crate::leg::{EdgeId, Leg, Path, RoadPoint};
use crate::network::{Arc, Roads};
use crate::targets::{Found, Targets};
use crate::trace::trace;
use paceline_model::{Centimetres, Millis};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Which way along the roads a search runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the source, along the roads: where can it get to?
    FromSource,
    /// Towards the source, against the roads: who can get to it?
    ToSource,
}

/// How long it takes between places. [`Roads`] answers with Dijkstra's algorithm; a faster engine may answer instead.
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
    /// From one place to another; [`Leg::UNREACHABLE`] if there is no way.
    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg;
    /// From one place to another with the way; `None` if there is none.
    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path>;
}

/// Marks, in [`Search::parents`], a node that was entered straight from the source.
pub(crate) const START: u32 = 1 << 31;

#[derive(Clone, Copy, Debug, Default)]
struct Label {
    stamp: u32,
    time: u32,
    distance: u32,
    effort: u32,
}

/// Scratch for searches: one per thread, reused from search to search and sized by itself.
#[derive(Clone, Debug, Default)]
pub struct Search {
    stamp: u32,
    settled: u64,
    nodes: usize,
    /// Nodes first, then targets.
    labels: Vec<Label>,
    /// The edge by which a node was last improved, with [`START`].
    parents: Vec<u32>,
    queue: BinaryHeap<Reverse<u64>>,
    /// Drives kept for [`Roads::look_up`].
    pub(crate) columns: Columns,
}

impl Search {
    /// Scratch for `roads`; it grows where needed and may be used with another network.
    pub fn new(roads: &Roads) -> Self {
        let mut search = Self::default();
        search.begin(roads.node_count(), 0);
        search
    }
    /// Nodes settled in the last search: the count of work steps.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    pub(crate) fn begin(&mut self, nodes: usize, targets: usize) {
        if self.stamp == u32::MAX {
            self.labels.fill(Label::default());
            self.stamp = 0;
        }
        self.stamp += 1;
        self.settled = 0;
        self.nodes = nodes;
        if self.labels.len() < nodes + targets {
            self.labels.resize(nodes + targets, Label::default());
        }
        if self.parents.len() < nodes {
            self.parents.resize(nodes, 0);
        }
        self.queue.clear();
    }
    /// Offers a way to `index` (a node, or nodes + target); true if it is the fastest so far.
    #[inline]
    fn improve(&mut self, index: usize, leg: Leg, bound: u32) -> bool {
        let label = &mut self.labels[index];
        let better = leg.time.0 <= bound && (label.stamp != self.stamp || leg.time.0 < label.time);
        if better {
            *label =
                Label { stamp: self.stamp, time: leg.time.0, distance: leg.distance.0, effort: leg.effort.0 };
            self.queue.push(Reverse(u64::from(leg.time.0) << 32 | index as u64));
        }
        better
    }
    pub(crate) fn reach(&mut self, node: u32, leg: Leg, bound: Millis, parent: u32) {
        if self.improve(node as usize, leg, bound.0) {
            self.parents[node as usize] = parent;
        }
    }
    pub(crate) fn reach_target(&mut self, target: u32, leg: Leg, bound: Millis) -> bool {
        self.improve(self.nodes + target as usize, leg, bound.0)
    }
    /// The next node or target in order of time, with the drive to it.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(Reached, Leg)> {
        while let Some(Reverse(key)) = self.queue.pop() {
            let index = (key & 0xffff_ffff) as usize;
            let label = self.labels[index];
            if u64::from(label.time) == key >> 32 {
                let leg = Leg {
                    time: Millis(label.time),
                    distance: Centimetres(label.distance),
                    effort: Centimetres(label.effort),
                };
                if index >= self.nodes {
                    return Some((Reached::Target((index - self.nodes) as u32), leg));
                }
                self.settled += 1;
                return Some((Reached::Node(index as u32), leg));
            }
        }
        None
    }
    pub(crate) fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize]
    }
}

pub(crate) enum Reached {
    Node(u32),
    Target(u32),
}

/// The arcs of one direction.
struct Arcs<'a> {
    first: &'a [u32],
    arcs: &'a [Arc],
}

impl<'a> Arcs<'a> {
    fn of(roads: &'a Roads, direction: Direction) -> Self {
        let (first, arcs) = match direction {
            Direction::FromSource => (Section::OutFirst, Section::OutArcs),
            Direction::ToSource => (Section::InFirst, Section::InArcs),
        };
        Self { first: roads.column(first), arcs: roads.column(arcs) }
    }
    /// The arcs at `node`, and the number of the first.
    #[inline]
    fn at(&self, node: u32) -> (u32, &'a [Arc]) {
        let (low, high) = (self.first[node as usize], self.first[node as usize + 1]);
        (low, &self.arcs[low as usize..high as usize])
    }
}

/// A bound that an unreachable leg never meets.
fn finite(bound: Millis) -> Millis {
    Millis(bound.0.min(u32::MAX - 1))
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
        let bound = finite(bound);
        let mut found = Vec::with_capacity(count.min(targets.len()));
        search.begin(self.node_count(), targets.len());
        if count == 0 || targets.is_empty() {
            return found;
        }
        for name in self.names(source) {
            self.leave(search, name, targets, direction, bound);
        }
        let arcs = Arcs::of(self, direction);
        while let Some((reached, leg)) = search.next() {
            match reached {
                Reached::Target(target) => {
                    found.push(Found { target, leg });
                    if found.len() == count {
                        break;
                    }
                }
                Reached::Node(node) => {
                    for entry in targets.at(direction, node) {
                        search.reach_target(entry.target, leg.then(entry.leg), bound);
                    }
                    let (first, arcs) = arcs.at(node);
                    for (number, arc) in (first..).zip(arcs) {
                        search.reach(arc.other, leg.then(arc.leg()), bound, number);
                    }
                }
            }
        }
        found
    }

    fn leg(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Leg {
        self.drive(search, from, to).map_or(Leg::UNREACHABLE, |drive| drive.leg)
    }

    fn path(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Path> {
        let drive = self.drive(search, from, to)?;
        Some(trace(self, search, &drive))
    }
}

/// The end of a one-to-one search: how the goal was entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drive {
    pub(crate) leg: Leg,
    /// The start, as it was left.
    pub(crate) from: RoadPoint,
    /// The goal, as it was entered.
    pub(crate) to: RoadPoint,
    /// Whether the drive stays on one edge.
    pub(crate) direct: bool,
}

impl Roads {
    /// The names of a place: on its edge, and on the opposite one if the street is two-way.
    pub(crate) fn names(&self, point: RoadPoint) -> impl Iterator<Item = RoadPoint> + use<> {
        [Some(point), self.mirrored(point)].into_iter().flatten()
    }
    /// Starts a search at one name of its source: at the end of the edge, and at targets on the same edge.
    fn leave(
        &self,
        search: &mut Search,
        source: RoadPoint,
        targets: &Targets,
        direction: Direction,
        bound: Millis,
    ) {
        let (enter, node, leg) = match direction {
            Direction::FromSource => (self.tail(source.edge), self.head(source.edge), self.after(source)),
            Direction::ToSource => (self.head(source.edge), self.tail(source.edge), self.before(source)),
        };
        for entry in targets.at(direction, enter).iter().filter(|entry| entry.point.edge == source.edge) {
            let ahead = match direction {
                Direction::FromSource => self.ahead(source, entry.point),
                Direction::ToSource => self.ahead(entry.point, source),
            };
            if let Some(leg) = ahead {
                search.reach_target(entry.target, leg, bound);
            }
        }
        search.reach(node, leg, bound, START | source.edge.0);
    }
    /// The drive along one edge, if `to` is on it and not behind `from`.
    fn ahead(&self, from: RoadPoint, to: RoadPoint) -> Option<Leg> {
        (from.edge == to.edge && from.fraction <= to.fraction)
            .then(|| self.before(to).without(self.before(from)))
    }
    /// The fastest drive from one place to another.
    fn drive(&self, search: &mut Search, from: RoadPoint, to: RoadPoint) -> Option<Drive> {
        let bound = finite(Millis::MAX);
        search.begin(self.node_count(), 1);
        let mut best: Option<Drive> = None;
        for start in self.names(from) {
            for goal in self.names(to) {
                if let Some(leg) = self.ahead(start, goal)
                    && search.reach_target(0, leg, bound)
                {
                    best = Some(Drive { leg, from: start, to: goal, direct: true });
                }
            }
            search.reach(self.head(start.edge), self.after(start), bound, START | start.edge.0);
        }
        let goals: [Option<RoadPoint>; 2] = [Some(to), self.mirrored(to)];
        let goals = goals.map(|goal| goal.map(|goal| (self.tail(goal.edge), goal, self.before(goal))));
        let arcs = Arcs::of(self, Direction::FromSource);
        while let Some((reached, leg)) = search.next() {
            let Reached::Node(node) = reached else { return best };
            for &(_, goal, rest) in goals.iter().flatten().filter(|(tail, ..)| *tail == node) {
                let leg = leg.then(rest);
                if search.reach_target(0, leg, bound) {
                    best = Some(Drive { leg, from, to: goal, direct: false });
                }
            }
            let (first, arcs) = arcs.at(node);
            for (number, arc) in (first..).zip(arcs) {
                search.reach(arc.other, leg.then(arc.leg()), bound, number);
            }
        }
        best
    }
    /// The arcs of one direction at `node`.
    pub(crate) fn arcs_at(&self, direction: Direction, node: u32) -> &[Arc] {
        Arcs::of(self, direction).at(node).1
    }
    /// The edge that an outgoing arc's number stands for: forward arcs are stored by edge.
    pub(crate) fn edge_of(number: u32) -> EdgeId {
        EdgeId(number & !START)
    }
}
