//! What both solvers stand on: prices (dual values) and partners of both sides, and the search that augments from one node.
//!
//! The gain of the taken pairs is maximised. Every node, row or column, has a price of at least 0, and the two prices of a
//! pair cover its gain: what they exceed it by is the pair's reduced cost. Taken pairs have a reduced cost of zero. Then the
//! sum of all prices is a bound that no matching exceeds, and a matching misses it by the prices of the nodes that are
//! unmatched. A node that is unmatched and has a price *violates complementary slackness*; when none does, the matching is
//! optimal.
//!
//! The search mends one such node and makes no other, whichever side the node is on: a Dijkstra over reduced costs, with two
//! kinds of path end. Either an unmatched node of the other side is taken, or a node of the own side gives up its partner
//! at the loss of its price. From a row it is the augmenting search; from a column that has become free and is dearer than
//! it should be, it is the reverse search of the literature. The sides are mirror images, so it is one.
//!
//! Sources: Jonker and Volgenant, Computing 38(4), 1987 (the search); Mills-Tettey, Stentz and Dias,
//! CMU-RI-TR-07-27, 2007 (repair after changes).

use super::cost::Cost;
use super::graph::Graph;
use crate::budget::Budget;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) const UNMATCHED: u32 = u32::MAX;

/// A row or a column, with what a search records at it: one look into memory for all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<N> {
    pub(super) price: N,
    pub(super) mate: u32,
    distance: N,
    from: u32,
}

impl<N: Cost> Node<N> {
    pub(super) fn new(price: N) -> Self {
        Self { price, mate: UNMATCHED, distance: N::INFINITE, from: UNMATCHED }
    }
    /// Unmatched and priced: complementary slackness allows only one of the two.
    pub(super) fn violates_slackness(&self) -> bool {
        self.mate == UNMATCHED && self.price > N::default()
    }
}

/// Scratch of searches; empty between them.
#[derive(Debug)]
pub(super) struct SearchScratch<N: Cost> {
    touched: Vec<u32>,
    settled: Vec<u32>,
    heap: BinaryHeap<Reverse<N::Key>>,
}

impl<N: Cost> Default for SearchScratch<N> {
    fn default() -> Self {
        Self { touched: Vec::new(), settled: Vec::new(), heap: BinaryHeap::new() }
    }
}

/// One side looking at the other.
pub(super) struct View<'a, N: Cost> {
    /// Its rows are `own`, its columns are `other`.
    pub(super) graph: &'a Graph<N>,
    pub(super) own: &'a mut [Node<N>],
    pub(super) other: &'a mut [Node<N>],
    pub(super) scratch: &'a mut SearchScratch<N>,
}

/// The best end of an alternating path that a search has seen.
#[derive(Clone, Copy)]
struct PathEnd<N> {
    loss: N,
    kind: EndKind,
}

#[derive(Clone, Copy)]
enum EndKind {
    Unmatched(u32),
    Leaves(u32),
}

impl<N: Cost> View<'_, N> {
    /// The least price at which `row` covers all its pairs, given the other side's prices.
    pub(super) fn least_price(&self, row: u32) -> N {
        let mut least = N::default();
        for edge in self.graph.row(row) {
            if edge.gain <= least {
                break;
            }
            least = least.max(edge.gain - self.other[edge.column as usize].price);
        }
        least
    }

    /// Mends `row`, which is unmatched: it gets a partner or a price of 0. `false` when the budget ended; then no partner and no
    /// other price has changed.
    pub(super) fn augment(&mut self, row: u32, budget: &mut Budget) -> bool {
        let price = self.least_price(row);
        self.own[row as usize].price = price;
        if price == N::default() {
            return true;
        }
        let mut end = PathEnd { loss: price, kind: EndKind::Leaves(row) };
        let finished = self.search(row, &mut end, budget);
        if finished {
            self.shift_prices(row, end.loss);
            self.flip(row, end.kind);
        }
        self.reset_scratch();
        finished
    }

    fn search(&mut self, source: u32, end: &mut PathEnd<N>, budget: &mut Budget) -> bool {
        let mut seen = self.scan(source, N::default(), end);
        while let Some(Reverse(key)) = self.scratch.heap.pop() {
            let (loss, column) = N::split(key);
            if loss >= end.loss {
                break;
            }
            let at = self.other[column as usize];
            if loss > at.distance {
                continue;
            }
            self.scratch.settled.push(column);
            let leaving = loss + self.own[at.mate as usize].price;
            if leaving < end.loss {
                *end = PathEnd { loss: leaving, kind: EndKind::Leaves(at.mate) };
            }
            seen += self.scan(at.mate, loss, end);
            if !budget.spend(std::mem::take(&mut seen)) {
                return false;
            }
        }
        // The path is found: an end of the budget at this point is for the next search.
        budget.spend(seen);
        true
    }

    /// Looks along `row`; returns how many pairs it looked at.
    fn scan(&mut self, row: u32, so_far: N, end: &mut PathEnd<N>) -> u64 {
        let base = so_far + self.own[row as usize].price;
        let mut seen = 0;
        for edge in self.graph.row(row) {
            seen += 1;
            if base - edge.gain >= end.loss {
                break;
            }
            let column = &mut self.other[edge.column as usize];
            let loss = base - edge.gain + column.price;
            if loss >= end.loss || loss >= column.distance {
                continue;
            }
            if column.distance == N::INFINITE {
                self.scratch.touched.push(edge.column);
            }
            column.distance = loss;
            column.from = row;
            if column.mate == UNMATCHED {
                *end = PathEnd { loss, kind: EndKind::Unmatched(edge.column) };
            } else {
                self.scratch.heap.push(Reverse(loss.key(edge.column)));
            }
        }
        seen
    }

    fn shift_prices(&mut self, source: u32, loss: N) {
        for &column in &self.scratch.settled {
            let node = &mut self.other[column as usize];
            let shift = loss - node.distance;
            node.price += shift;
            self.own[node.mate as usize].price -= shift;
        }
        self.own[source as usize].price -= loss;
    }

    /// Walks back from `end` to `source`, giving each row on the way the column it was left for.
    fn flip(&mut self, source: u32, end: EndKind) {
        let mut column = match end {
            EndKind::Unmatched(column) => column,
            EndKind::Leaves(row) => std::mem::replace(&mut self.own[row as usize].mate, UNMATCHED),
        };
        while column != UNMATCHED {
            let row = self.other[column as usize].from;
            self.other[column as usize].mate = row;
            let left = std::mem::replace(&mut self.own[row as usize].mate, column);
            column = if row == source { UNMATCHED } else { left };
        }
    }

    fn reset_scratch(&mut self) {
        for column in self.scratch.touched.drain(..) {
            self.other[column as usize].distance = N::INFINITE;
        }
        self.scratch.settled.clear();
        self.scratch.heap.clear();
    }
}
