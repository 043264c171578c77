//! The parachute: when the budget ends, what the exact solver left open is taken greedily, the largest gain first.
//!
//! Alone it costs some 1 to 4 % more than the optimum when columns are scarce and 12 to 26 % when they are not.

use super::cost::Cost;
use super::counting_sort::{prefix_sum, scatter};
use super::graph::{Edge, Graph};
use super::problem::{AssignmentProblem, Matching, Pair};
use super::search::{Node, UNMATCHED};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Second and later offers that wait for their turn: less than 1 ms. This runs after the budget has ended, so it is bounded
/// by a count, which repeats where a clock would not.
const OFFERS: usize = 4_096;

/// Adds pairs until no gainful one is left: no row stays open beside a free column worth taking.
///
/// Each open row offers its best free column, and offers are taken by falling gain. A row that comes too late offers its
/// next one; where very many do, the last ones take theirs in the order of the rows, as they stand in memory, which takes
/// half the time. Returns what the added pairs gain.
pub(super) fn complete<N: Cost>(graph: &Graph<N>, own: &mut [Node<N>], other: &mut [Node<N>]) -> i128 {
    let mut filling = Filling { graph, own, other, gained: 0 };
    let rows = 0..graph.rows() as u32;
    let open = rows.filter(|&row| filling.own[row as usize].mate == UNMATCHED);
    let offers = open.filter_map(|row| filling.offer(row, 0)).collect();
    let mut first = roughly_by_falling_gain(offers).into_iter().peekable();
    let mut later = BinaryHeap::new();
    let (mut may_wait, mut last) = (OFFERS, vec![false; graph.rows()]);
    loop {
        let late = later.peek().is_some_and(|late| first.peek().is_none_or(|early| late > early));
        let Some(offer) = (if late { later.pop() } else { first.next() }) else { break };
        if filling.take(&offer) {
            continue;
        }
        if may_wait == 0 {
            last[offer.row.0 as usize] = true;
        } else if let Some(next) = filling.offer(offer.row.0, offer.at + 1) {
            may_wait -= 1;
            later.push(next);
        }
    }
    for (row, _) in (0..).zip(last).filter(|(_, last)| *last) {
        if let Some(offer) = filling.offer(row, 0) {
            filling.take(&offer);
        }
    }
    filling.gained
}

/// The best column that a row can still have. Ordered by gain; of equal ones the first row is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Offer<N> {
    gain: N,
    row: Reverse<u32>,
    column: u32,
    /// Where it stands in its row.
    at: u32,
}

/// Buckets among which first offers are scattered.
const BUCKET_BITS: u32 = 11;

/// Offers by falling gain, in the order of their buckets: an eighth of the time that sorting takes.
fn roughly_by_falling_gain<N: Cost>(offers: Vec<Offer<N>>) -> Vec<Offer<N>> {
    let most = offers.iter().map(|offer| offer.gain.to_i64()).max().unwrap_or(0);
    let shift = (i64::BITS - most.leading_zeros()).saturating_sub(BUCKET_BITS);
    let bucket = |offer: &Offer<N>| ((most - offer.gain.to_i64()) >> shift) as usize;
    let mut next = vec![0_u32; 1 << BUCKET_BITS];
    offers.iter().for_each(|offer| next[bucket(offer)] += 1);
    prefix_sum(&mut next);
    let mut sorted = offers.clone();
    for offer in offers {
        scatter(offer, bucket(&offer), &mut next, &mut sorted);
    }
    sorted
}

/// For a budget that ends while the pairs are read: the answer straight from them.
pub(super) fn from_pairs(problem: &AssignmentProblem) -> Matching {
    let runs = problem.pairs.chunk_by(|pair, next| pair.row == next.row);
    let offer = |pair: &Pair, unassigned_cost: i64| (pair.column, unassigned_cost.saturating_sub(pair.cost));
    in_one_go(problem, runs.map(|run| (run[0].row, run)), offer)
}

/// For a budget that ends before the first search: the answer from a graph by row, in half the time.
pub(super) fn from_graph<N: Cost>(problem: &AssignmentProblem, graph: &Graph<N>) -> Matching {
    let rows = (0..graph.rows() as u32).map(|row| (row, graph.row(row)));
    in_one_go(problem, rows, |edge, _| (edge.column, edge.gain.to_i64()))
}

/// Each row takes the first free column that it meets, which is its cheapest where pairs stand by cost; where columns are
/// fewer, those rows go first that would be dearest to leave unassigned.
///
/// Shape: `runs` are pairs of one row each; `offer` tells a pair's column and gain from its row's unassigned cost.
fn in_one_go<'a, P: 'a>(
    problem: &AssignmentProblem,
    runs: impl Iterator<Item = (u32, &'a [P])>,
    offer: impl Fn(&P, i64) -> (u32, i64),
) -> Matching {
    let mut taken = vec![false; problem.columns];
    let mut column_of = vec![None; problem.unassigned_cost.len()];
    // What a row can gain at most covers all its pairs.
    let mut price = vec![0; problem.unassigned_cost.len()];
    let mut gained = 0;
    let mut assign = |row: usize, run: &[P]| {
        let mut offers = run.iter().map(|pair| offer(pair, problem.unassigned_cost[row]));
        let free = |&(column, gain): &(u32, i64)| gain > 0 && !taken[column as usize];
        if column_of[row].is_none()
            && let Some((column, gain)) = offers.find(free)
        {
            (column_of[row], taken[column as usize]) = (Some(column), true);
            gained += i128::from(gain);
        }
    };
    let (first, mut later) = (dearest(&problem.unassigned_cost, problem.columns), Vec::new());
    for (row, run) in runs {
        let row = row as usize;
        let unassigned_cost = problem.unassigned_cost[row];
        let most = run.iter().map(|pair| offer(pair, unassigned_cost).1).max();
        price[row] = most.max(Some(price[row])).unwrap_or(0);
        if unassigned_cost >= first {
            assign(row, run);
        } else {
            later.push((row, run));
        }
    }
    for (row, run) in later {
        assign(row, run);
    }
    let gap = price.into_iter().map(i128::from).sum::<i128>() - gained;
    Matching { column_of, exact: gap == 0, gap }
}

/// The least of the `count` dearest unassigned costs.
fn dearest(unassigned_cost: &[i64], count: usize) -> i64 {
    if count == 0 || count >= unassigned_cost.len() {
        return i64::MIN;
    }
    *unassigned_cost.to_vec().select_nth_unstable_by(count - 1, |a, b| b.cmp(a)).1
}

/// A matching that is being completed.
struct Filling<'a, N> {
    graph: &'a Graph<N>,
    own: &'a mut [Node<N>],
    other: &'a mut [Node<N>],
    gained: i128,
}

impl<N: Cost> Filling<'_, N> {
    /// The best column of `row`, from `at` on, that nobody has.
    fn offer(&self, row: u32, at: u32) -> Option<Offer<N>> {
        let ahead = &self.graph.row(row)[at as usize..];
        let further = ahead.iter().position(|edge| self.other[edge.column as usize].mate == UNMATCHED)?;
        let Edge { column, gain } = ahead[further];
        Some(Offer { gain, row: Reverse(row), column, at: at + further as u32 })
    }

    /// `false` if somebody else has taken the column.
    fn take(&mut self, offer: &Offer<N>) -> bool {
        let column = &mut self.other[offer.column as usize];
        if column.mate != UNMATCHED {
            return false;
        }
        column.mate = offer.row.0;
        self.own[offer.row.0 as usize].mate = offer.column;
        self.gained += i128::from(offer.gain.to_i64());
        true
    }
}
