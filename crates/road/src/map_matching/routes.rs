//! Shortest paths by length from a directed place to places near it: Dijkstra's algorithm over edges, within a bound.
//! Over edges and not nodes, because turning around and forbidden turns cost extra.

use crate::columns::Section;
use crate::leg::{EdgeId, RoadPoint};
use crate::network::Roads;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What turning around at a junction, or a forbidden turn, adds to the length, in centimetres: half a block.
const ODD_TURN_CM: u32 = 6_000;
/// No edge: the path begins here.
const START: u32 = u32::MAX;

/// Scratch of the searches over one network.
#[derive(Debug)]
pub(super) struct RouteSearch<'a> {
    roads: &'a Roads,
    first: &'a [u32],
    /// Rows of (edge in, node, edge out, kind), ascending.
    turns: &'a [[u32; 4]],
    stamp: u32,
    steps: u64,
    steps_max: u64,
    labels: Vec<EdgeLabel>,
    queue: BinaryHeap<Reverse<u64>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct EdgeLabel {
    stamp: u32,
    /// From the source to the tail of the edge, in centimetres, with extras for odd turns.
    length: u32,
    parent: u32,
}

impl<'a> RouteSearch<'a> {
    pub(super) fn new(roads: &'a Roads) -> Self {
        Self {
            roads,
            first: roads.column(Section::OutFirst),
            turns: roads.column(Section::Restrictions),
            stamp: 0,
            steps: 0,
            steps_max: 0,
            labels: vec![EdgeLabel::default(); roads.edge_count()],
            queue: BinaryHeap::new(),
        }
    }
    /// Begins a trace that may settle so many edges.
    pub(super) fn begin(&mut self, steps_max: u64) {
        (self.steps, self.steps_max) = (0, steps_max);
    }
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }
    pub(super) fn exhausted(&self) -> bool {
        self.steps >= self.steps_max
    }

    /// Searches from `source` until all edges of `goals` are settled or the bound is reached.
    pub(super) fn search(&mut self, source: RoadPoint, goals: &[EdgeId], bound_cm: u32) {
        if self.stamp == u32::MAX {
            self.labels.fill(EdgeLabel::default());
            self.stamp = 0;
        }
        self.stamp += 1;
        self.queue.clear();
        self.relax(
            source.edge.0,
            self.roads.length(source.edge).0 - self.roads.along_cm(source).0,
            START,
            bound_cm,
        );
        let mut open = goals.len();
        while let Some(Reverse(key)) = self.queue.pop() {
            let (length, edge) = ((key >> 32) as u32, key as u32);
            if self.labels[edge as usize].length != length {
                continue;
            }
            self.steps += 1;
            open -= goals.iter().filter(|goal| goal.0 == edge).count();
            if open == 0 || self.exhausted() {
                break;
            }
            let whole = self.roads.length(EdgeId(edge)).0;
            self.relax(edge, length.saturating_add(whole), edge, bound_cm);
        }
    }

    /// Offers the edges that leave the head of `edge`, at `length` from the source.
    fn relax(&mut self, edge: u32, length: u32, parent: u32, bound_cm: u32) {
        let head = self.roads.head(EdgeId(edge)) as usize;
        let (low, high) = (self.first[head], self.first[head + 1]);
        let twin = self.roads.twin(EdgeId(edge));
        for next in low..high {
            let around = twin == Some(EdgeId(next)) && high - low > 1;
            let odd = around || self.forbidden(edge, next);
            let length = length.saturating_add(if odd { ODD_TURN_CM } else { 0 });
            let label = &mut self.labels[next as usize];
            if length <= bound_cm && (label.stamp != self.stamp || length < label.length) {
                *label = EdgeLabel { stamp: self.stamp, length, parent };
                self.queue.push(Reverse(u64::from(length) << 32 | u64::from(next)));
            }
        }
    }
    fn forbidden(&self, edge: u32, next: u32) -> bool {
        let low = self.turns.partition_point(|turn| turn[0] < edge);
        let here = self.turns[low..].iter().take_while(|turn| turn[0] == edge);
        let (mut compulsory, mut complied) = (false, false);
        for &[_, _, out, kind] in here {
            if kind == 0 && out == next {
                return true;
            }
            compulsory |= kind == 1;
            complied |= kind == 1 && out == next;
        }
        compulsory && !complied
    }

    /// Metres from the source of the last search to `goal`, over at least one junction; `None` beyond the bound.
    pub(super) fn metres(&self, goal: RoadPoint) -> Option<f64> {
        let label = self.labels[goal.edge.index()];
        let before = self.roads.along_cm(goal).0;
        (label.stamp == self.stamp).then(|| f64::from(label.length) / 100.0 + f64::from(before) / 100.0)
    }
    /// The edges after the source's up to `goal`'s, both searched for last.
    pub(super) fn edges(&self, goal: EdgeId) -> Vec<EdgeId> {
        let mut edges = vec![goal];
        let mut parent = self.labels[goal.index()].parent;
        while parent != START {
            edges.push(EdgeId(parent));
            parent = self.labels[parent as usize].parent;
        }
        edges.reverse();
        edges
    }
}
