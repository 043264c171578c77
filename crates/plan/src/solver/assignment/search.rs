//! What both solvers stand on: prices and partners of both sides, and the search that settles one node.
//!
//! The gain of the taken pairs is maximised. Every node, order or vehicle, has a price of at least 0, and the two prices
//! of a pair add up to at least its gain. Taken pairs are tight: their prices add up to their gain exactly. Then the sum
//! of all prices is a bound that no matching exceeds, and a matching misses it by the prices of the nodes that are
//! unmatched. A node that is unmatched and has a price is *unsettled*; when there is none, the matching is optimal.
//!
//! The search settles one node and unsettles none, whichever side the node is on: a Dijkstra over tightness, with two
//! kinds of way out. Either an unmatched node of the other side is taken, or a node of the own side gives up its partner
//! at the loss of its price. For a new order that is the search for a vehicle; for a vehicle that has become free and
//! is dearer than it should be, it is the reverse search of the literature. The sides are mirror images, so it is one.
//!
//! Sources: Jonker and Volgenant, Computing 38(4), 1987 (the search); Mills-Tettey, Stentz and Dias,
//! CMU-RI-TR-07-27, 2007 (repair after changes).

use super::amount::Amount;
use super::graph::Graph;
use crate::Budget;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) const NOBODY: u32 = u32::MAX;

/// An order or a vehicle, with what a search notes at it: one look into memory for all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<N> {
    pub(super) price: N,
    pub(super) mate: u32,
    distance: N,
    from: u32,
}

impl<N: Amount> Node<N> {
    pub(super) fn new(price: N) -> Self {
        Self { price, mate: NOBODY, distance: N::FAR, from: NOBODY }
    }
    pub(super) fn is_unsettled(&self) -> bool {
        self.mate == NOBODY && self.price > N::default()
    }
}

/// Scratch of searches; empty between them.
#[derive(Debug)]
pub(super) struct Scratch<N: Amount> {
    touched: Vec<u32>,
    settled: Vec<u32>,
    heap: BinaryHeap<Reverse<N::Key>>,
}

impl<N: Amount> Default for Scratch<N> {
    fn default() -> Self {
        Self { touched: Vec::new(), settled: Vec::new(), heap: BinaryHeap::new() }
    }
}

/// One side looking at the other.
pub(super) struct View<'a, N: Amount> {
    /// Rows are `own`, columns are `other`.
    pub(super) graph: &'a Graph<N>,
    pub(super) own: &'a mut [Node<N>],
    pub(super) other: &'a mut [Node<N>],
    pub(super) scratch: &'a mut Scratch<N>,
}

/// The best way out that a search has seen.
#[derive(Clone, Copy)]
struct WayOut<N> {
    loss: N,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Unmatched(u32),
    Leaves(u32),
}

impl<N: Amount> View<'_, N> {
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

    /// Settles `row`, which is unmatched. `false` when the budget ended; then no partner and no other price has changed.
    pub(super) fn settle(&mut self, row: u32, budget: &mut Budget) -> bool {
        let price = self.least_price(row);
        self.own[row as usize].price = price;
        if price == N::default() {
            return true;
        }
        let mut out = WayOut { loss: price, end: End::Leaves(row) };
        let finished = self.search(row, &mut out, budget);
        if finished {
            self.shift_prices(row, out.loss);
            self.flip(row, out.end);
        }
        self.forget();
        finished
    }

    fn search(&mut self, source: u32, out: &mut WayOut<N>, budget: &mut Budget) -> bool {
        let mut seen = self.scan(source, N::default(), out);
        while let Some(Reverse(key)) = self.scratch.heap.pop() {
            let (loss, column) = N::split(key);
            if loss >= out.loss {
                break;
            }
            let at = self.other[column as usize];
            if loss > at.distance {
                continue;
            }
            self.scratch.settled.push(column);
            let leaving = loss + self.own[at.mate as usize].price;
            if leaving < out.loss {
                *out = WayOut { loss: leaving, end: End::Leaves(at.mate) };
            }
            seen += self.scan(at.mate, loss, out);
            if !budget.spend(std::mem::take(&mut seen)) {
                return false;
            }
        }
        // The way out is found: an end of the budget at this point is for the next search.
        budget.spend(seen);
        true
    }

    /// Looks along `row`; returns how many pairs it looked at.
    fn scan(&mut self, row: u32, so_far: N, out: &mut WayOut<N>) -> u64 {
        let base = so_far + self.own[row as usize].price;
        let mut seen = 0;
        for edge in self.graph.row(row) {
            seen += 1;
            if base - edge.gain >= out.loss {
                break;
            }
            let column = &mut self.other[edge.column as usize];
            let loss = base - edge.gain + column.price;
            if loss >= out.loss || loss >= column.distance {
                continue;
            }
            if column.distance == N::FAR {
                self.scratch.touched.push(edge.column);
            }
            column.distance = loss;
            column.from = row;
            if column.mate == NOBODY {
                *out = WayOut { loss, end: End::Unmatched(edge.column) };
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
    fn flip(&mut self, source: u32, end: End) {
        let mut column = match end {
            End::Unmatched(column) => column,
            End::Leaves(row) => std::mem::replace(&mut self.own[row as usize].mate, NOBODY),
        };
        while column != NOBODY {
            let row = self.other[column as usize].from;
            self.other[column as usize].mate = row;
            let left = std::mem::replace(&mut self.own[row as usize].mate, column);
            column = if row == source { NOBODY } else { left };
        }
    }

    fn forget(&mut self) {
        for column in self.scratch.touched.drain(..) {
            self.other[column as usize].distance = N::FAR;
        }
        self.scratch.settled.clear();
        self.scratch.heap.clear();
    }
}
