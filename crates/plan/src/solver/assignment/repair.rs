//! What the last tick left, made to fit this one.
//!
//! Between two ticks a few rows come and go, some columns have moved, and what staying unassigned costs has grown for all.
//! A kept price is worth most where it is still right, so each kind of change touches the prices that it is about:
//!
//! 1. all gains of a row shifted by the same amount: its price shifts with them;
//! 2. a column of which gains changed otherwise has moved: its price is dropped and found again from its rows;
//! 3. a new row, or one that lost its column: the least price that covers its pairs with the columns that stayed;
//! 4. then each column takes the least price that covers its pairs; a pair whose reduced cost is not zero is unmatched.
//!
//! After that all prices cover all pairs, and complementary slackness is violated by about as many nodes as have changed.
//! Each is mended by one search, columns first: they take up again the rows that they have just lost.
//!
//! Source: Mills-Tettey, Stentz and Dias, CMU-RI-TR-07-27, 2007, for repairing prices after changes.

use super::cold::{Sides, augment_all, reduce_twice};
use super::cost::Cost;
use super::graph::{Edge, Graph};
use super::search::{Node, SearchScratch, UNMATCHED, View};
use crate::budget::Budget;

/// What the last tick left.
pub(super) struct LastTick<'a, N> {
    pub(super) by_row: &'a Graph<N>,
    /// By row.
    pub(super) sides: &'a Sides<N>,
    pub(super) before: &'a Before,
}

/// Per row and per column of this tick, its number in the last one, or [`UNMATCHED`].
pub(super) struct Before {
    pub(super) row: Vec<u32>,
    pub(super) column: Vec<u32>,
}

/// For each of the names `now`, its number among those `before`, or [`UNMATCHED`]. Both ascend.
pub(super) fn numbers_before<T: Ord>(before: &[T], now: &[T]) -> Vec<u32> {
    let mut at = 0;
    let find = |name: &T| {
        while before.get(at).is_some_and(|old| old < name) {
            at += 1;
        }
        if before.get(at) == Some(name) { at as u32 } else { UNMATCHED }
    };
    now.iter().map(find).collect()
}

/// Prices that cover all pairs, and of the last matching the pairs whose reduced cost is zero under them; `None` if the
/// budget ended first.
pub(super) fn repair<N: Cost>(
    last: &LastTick<N>,
    by_row: &Graph<N>,
    by_column: &Graph<N>,
    budget: &mut Budget,
) -> Option<Sides<N>> {
    let mut sides = Sides {
        own: vec![Node::new(N::default()); by_row.rows()],
        other: vec![Node::new(N::default()); by_column.rows()],
    };
    let mut moved: Vec<bool> = last.before.column.iter().map(|&old| old == UNMATCHED).collect();
    let partner_gain = carry_rows(last, by_row, &mut sides, &mut moved, budget)?;
    for (node, (&old, &moved)) in sides.other.iter_mut().zip(last.before.column.iter().zip(&moved)) {
        if !moved {
            node.price = last.sides.other[old as usize].price;
        }
    }
    cover_unmatched_rows(by_row, &mut sides, &moved);
    cover_columns(by_column, &mut sides, &partner_gain, budget)?;
    Some(sides)
}

/// Rows that were there before shift their prices with their gains and keep their partners for now; columns of which a gain
/// changed otherwise are marked. Returns for each row its gain with its partner, or `None` if the budget ended first.
fn carry_rows<N: Cost>(
    last: &LastTick<N>,
    by_row: &Graph<N>,
    sides: &mut Sides<N>,
    moved: &mut [bool],
    budget: &mut Budget,
) -> Option<Vec<N>> {
    let before = last.before;
    let mut now_of = vec![UNMATCHED; last.sides.other.len()];
    for (now, &old) in (0..).zip(&before.column) {
        if old != UNMATCHED {
            now_of[old as usize] = now;
        }
    }
    let mut gains = GainChanges::new(before.column.len());
    let mut partner_gain = vec![N::default(); before.row.len()];
    for (row, &old) in (0..).zip(&before.row) {
        if old == UNMATCHED {
            continue;
        }
        let (was, edges) = (last.sides.own[old as usize], by_row.row(row));
        budget.spend(edges.len() as u64).then_some(())?;
        gains.record(row, last.by_row.row(old), &now_of);
        gains.compare(row, edges);
        let node = &mut sides.own[row as usize];
        node.price = (was.price + gains.common_change(moved)).max(N::default());
        let mate = if was.mate == UNMATCHED { UNMATCHED } else { now_of[was.mate as usize] };
        if let Some(with_mate) = edges.iter().find(|edge| edge.column == mate) {
            (node.mate, partner_gain[row as usize]) = (mate, with_mate.gain);
            sides.other[mate as usize].mate = row;
        }
    }
    Some(partner_gain)
}

/// How many of a row's best pairs are compared with those of the last tick, which are looked for among twice as many.
/// A column that has moved is among the best of some row. One that is missed keeps a price that is a worse guess, which
/// costs less than comparing all pairs (measured on four cities).
const COMPARED: usize = 6;

/// Scratch in which the gains of one row are compared with those of the last tick.
struct GainChanges<N> {
    /// Per column: the row that last recorded a gain here, and the gain.
    recorded: Vec<(u32, N)>,
    /// Columns of the row at hand that it had in the last tick too, and by how much their gain changed.
    changes: Vec<(u32, N)>,
}

impl<N: Cost> GainChanges<N> {
    fn new(columns: usize) -> Self {
        Self { recorded: vec![(UNMATCHED, N::default()); columns], changes: Vec::new() }
    }
    fn record(&mut self, row: u32, before: &[Edge<N>], now_of: &[u32]) {
        for edge in before.iter().take(2 * COMPARED) {
            let now = now_of[edge.column as usize];
            if now != UNMATCHED {
                self.recorded[now as usize] = (row, edge.gain);
            }
        }
    }
    fn compare(&mut self, row: u32, now: &[Edge<N>]) {
        self.changes.clear();
        for edge in now.iter().take(COMPARED) {
            let (by, gain) = self.recorded[edge.column as usize];
            if by == row {
                self.changes.push((edge.column, edge.gain - gain));
            }
        }
    }
    /// By how much most gains changed, by majority vote; the columns that differ are marked.
    fn common_change(&self, moved: &mut [bool]) -> N {
        let (mut common, mut votes) = (N::default(), 0);
        for &(_, change) in self.changes.iter().filter(|(column, _)| !moved[*column as usize]) {
            if votes == 0 {
                common = change;
            }
            votes += if change == common { 1 } else { -1 };
        }
        for &(column, change) in &self.changes {
            moved[column as usize] |= change != common;
        }
        common
    }
}

/// Rows without a partner take the least price that covers their pairs with columns that stayed.
fn cover_unmatched_rows<N: Cost>(by_row: &Graph<N>, sides: &mut Sides<N>, moved: &[bool]) {
    for (row, node) in (0..).zip(&mut sides.own) {
        if node.mate != UNMATCHED {
            continue;
        }
        let mut least = N::default();
        for edge in by_row.row(row) {
            if edge.gain <= least {
                break;
            }
            if !moved[edge.column as usize] {
                least = least.max(edge.gain - sides.other[edge.column as usize].price);
            }
        }
        node.price = least;
    }
}

/// All columns take the least price that covers their pairs; partners whose reduced cost is not zero are unmatched. `None`
/// if the budget ended first.
fn cover_columns<N: Cost>(
    by_column: &Graph<N>,
    sides: &mut Sides<N>,
    partner_gain: &[N],
    budget: &mut Budget,
) -> Option<()> {
    for column in 0..sides.other.len() {
        budget.spend(by_column.row(column as u32).len() as u64).then_some(())?;
        let mut least = N::default();
        for edge in by_column.row(column as u32) {
            if edge.gain <= least {
                break;
            }
            least = least.max(edge.gain - sides.own[edge.column as usize].price);
        }
        let node = &mut sides.other[column];
        node.price = least;
        if node.mate != UNMATCHED {
            let row = &mut sides.own[node.mate as usize];
            if row.price + least != partner_gain[node.mate as usize] {
                (row.mate, node.mate) = (UNMATCHED, UNMATCHED);
            }
        }
    }
    Some(())
}

/// Augments from the columns that violate complementary slackness, then from such rows.
pub(super) fn augment_both<N: Cost>(
    sides: &mut Sides<N>,
    by_row: &Graph<N>,
    by_column: &Graph<N>,
    budget: &mut Budget,
) {
    let mut scratch = SearchScratch::default();
    let (rows, columns) = (&mut sides.own[..], &mut sides.other[..]);
    let mut view = View { graph: by_column, own: columns, other: rows, scratch: &mut scratch };
    let open = violating(view.own);
    let open = reduce_twice(&mut view, open, budget);
    augment_all(&mut view, open, budget);
    let View { own: columns, other: rows, scratch, .. } = view;
    let mut view = View { graph: by_row, own: rows, other: columns, scratch };
    let open = violating(view.own);
    augment_all(&mut view, open, budget);
}

fn violating<N: Cost>(nodes: &[Node<N>]) -> Vec<u32> {
    (0..).zip(nodes).filter(|(_, node)| node.violates_slackness()).map(|(row, _)| row).collect()
}
