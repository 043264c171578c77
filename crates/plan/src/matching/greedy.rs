//! The parachute: when the budget ends, what the exact solver left open is taken greedily, the largest gain first.
//!
//! Alone it costs some 1 to 4 % more than the optimum when vehicles are scarce and 12 to 26 % when they are not.

use super::amount::Amount;
use super::graph::Graph;
use super::search::{NOBODY, Node};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Offers that are taken strictly by falling gain: less than 1 ms. This runs after the budget has ended, so it is bounded by a
/// count, which repeats where a clock would not.
const OFFERS: usize = 4_096;

/// Adds pairs until no gainful one is left: no order stays open beside a free vehicle worth taking.
///
/// Rows are sorted, so it merges those that are open and never sorts all pairs. Where very many are open, the last ones
/// are not merged: in the order of what they were last offered, each takes its best column that is still free.
/// Returns what the added pairs gain.
pub(super) fn complete<N: Amount>(graph: &Graph<N>, own: &mut [Node<N>], other: &mut [Node<N>]) -> i128 {
    let mut filling = Filling { graph, own, other, next: vec![0; graph.rows()], gained: 0 };
    let rows = 0..graph.rows() as u32;
    let unmatched = rows.filter(|&row| filling.own[row as usize].mate == NOBODY).collect::<Vec<_>>();
    let mut open: BinaryHeap<_> = unmatched.into_iter().filter_map(|row| filling.offer(row)).collect();
    for _ in 0..OFFERS {
        let Some((_, Reverse(row))) = open.pop() else { return filling.gained };
        if !filling.take(row) {
            open.extend(filling.offer(row));
        }
    }
    let mut rest = open.into_vec();
    rest.sort_unstable_by_key(|&offer| Reverse(offer));
    for (_, Reverse(row)) in rest {
        if filling.offer(row).is_some() {
            filling.take(row);
        }
    }
    filling.gained
}

/// A matching that is being completed.
struct Filling<'a, N> {
    graph: &'a Graph<N>,
    own: &'a mut [Node<N>],
    other: &'a mut [Node<N>],
    /// Per row, where it is along its pairs.
    next: Vec<u32>,
    gained: i128,
}

impl<N: Amount> Filling<'_, N> {
    /// Moves `row` on to its best column that nobody has.
    fn offer(&mut self, row: u32) -> Option<(N, Reverse<u32>)> {
        let next = &mut self.next[row as usize];
        let ahead = &self.graph.row(row)[*next as usize..];
        let further = ahead.iter().position(|edge| self.other[edge.column as usize].mate == NOBODY)?;
        *next += further as u32;
        Some((ahead[further].gain, Reverse(row)))
    }

    /// Takes what `row` was last offered, unless somebody else has.
    fn take(&mut self, row: u32) -> bool {
        let edge = self.graph.row(row)[self.next[row as usize] as usize];
        let column = &mut self.other[edge.column as usize];
        if column.mate != NOBODY {
            return false;
        }
        column.mate = row;
        self.own[row as usize].mate = edge.column;
        self.gained += i128::from(edge.gain.wide());
        true
    }
}
