//! The parachute: when the budget ends, what the exact solver left open is taken greedily, the largest gain first.
//!
//! Alone it costs some 1 to 4 % more than the optimum when vehicles are scarce and 12 to 26 % when they are not.

use super::amount::Amount;
use super::deal::{begin, put};
use super::graph::{Edge, Graph};
use super::problem::{Matching, Pair, Problem};
use super::search::{NOBODY, Node};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Second and later offers that wait for their turn: less than 1 ms. This runs after the budget has ended, so it is bounded
/// by a count, which repeats where a clock would not.
const OFFERS: usize = 4_096;

/// Adds pairs until no gainful one is left: no order stays open beside a free vehicle worth taking.
///
/// Each open row offers its best free column, and offers are taken by falling gain. A row that comes too late offers its
/// next one; where very many do, the last ones take theirs in the order of the rows, as they stand in memory, which takes
/// half the time. Returns what the added pairs gain.
pub(super) fn complete<N: Amount>(graph: &Graph<N>, own: &mut [Node<N>], other: &mut [Node<N>]) -> i128 {
    let mut filling = Filling { graph, own, other, gained: 0 };
    let rows = 0..graph.rows() as u32;
    let open = rows.filter(|&row| filling.own[row as usize].mate == NOBODY);
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

/// Buckets among which first offers are dealt out.
const BUCKET_BITS: u32 = 11;

/// Offers by falling gain, in the order of their buckets: an eighth of the time that sorting takes.
fn roughly_by_falling_gain<N: Amount>(offers: Vec<Offer<N>>) -> Vec<Offer<N>> {
    let most = offers.iter().map(|offer| offer.gain.wide()).max().unwrap_or(0);
    let shift = (i64::BITS - most.leading_zeros()).saturating_sub(BUCKET_BITS);
    let bucket = |offer: &Offer<N>| ((most - offer.gain.wide()) >> shift) as usize;
    let mut next = vec![0_u32; 1 << BUCKET_BITS];
    offers.iter().for_each(|offer| next[bucket(offer)] += 1);
    begin(&mut next);
    let mut sorted = offers.clone();
    for offer in offers {
        put(offer, bucket(&offer), &mut next, &mut sorted);
    }
    sorted
}

/// For a budget that ends while the pairs are read: the answer straight from them.
pub(super) fn from_pairs(problem: &Problem) -> Matching {
    let runs = problem.pairs.chunk_by(|pair, next| pair.order == next.order);
    let offer = |pair: &Pair, outside: i64| (pair.vehicle, outside.saturating_sub(pair.price));
    in_one_go(problem, runs.map(|run| (run[0].order, run)), offer)
}

/// For a budget that ends before the first search: the answer from rows of orders, in half the time.
pub(super) fn from_rows<N: Amount>(problem: &Problem, graph: &Graph<N>) -> Matching {
    let rows = (0..graph.rows() as u32).map(|row| (row, graph.row(row)));
    in_one_go(problem, rows, |edge, _| (edge.column, edge.gain.wide()))
}

/// Each order takes the first free vehicle that it meets, which is its cheapest where pairs stand by price; where vehicles
/// are fewer, those orders go first that would be dearest to leave.
///
/// Shape: `runs` are pairs of one order each; `offer` tells a pair's vehicle and gain from its order's outside price.
fn in_one_go<'a, P: 'a>(
    problem: &Problem,
    runs: impl Iterator<Item = (u32, &'a [P])>,
    offer: impl Fn(&P, i64) -> (u32, i64),
) -> Matching {
    let mut taken = vec![false; problem.vehicles];
    let mut vehicle_of = vec![None; problem.outside.len()];
    // What an order can gain at most covers all its pairs.
    let mut price = vec![0; problem.outside.len()];
    let mut gained = 0;
    let mut serve = |order: usize, run: &[P]| {
        let mut offers = run.iter().map(|pair| offer(pair, problem.outside[order]));
        let free = |&(vehicle, gain): &(u32, i64)| gain > 0 && !taken[vehicle as usize];
        if vehicle_of[order].is_none()
            && let Some((vehicle, gain)) = offers.find(free)
        {
            (vehicle_of[order], taken[vehicle as usize]) = (Some(vehicle), true);
            gained += i128::from(gain);
        }
    };
    let (first, mut later) = (dearest(&problem.outside, problem.vehicles), Vec::new());
    for (order, run) in runs {
        let order = order as usize;
        let outside = problem.outside[order];
        let most = run.iter().map(|pair| offer(pair, outside).1).max();
        price[order] = most.max(Some(price[order])).unwrap_or(0);
        if outside >= first {
            serve(order, run);
        } else {
            later.push((order, run));
        }
    }
    for (order, run) in later {
        serve(order, run);
    }
    let gap = price.into_iter().map(i128::from).sum::<i128>() - gained;
    Matching { vehicle_of, exact: gap == 0, gap }
}

/// The least of the `count` dearest outside prices.
fn dearest(outside: &[i64], count: usize) -> i64 {
    if count == 0 || count >= outside.len() {
        return i64::MIN;
    }
    *outside.to_vec().select_nth_unstable_by(count - 1, |a, b| b.cmp(a)).1
}

/// A matching that is being completed.
struct Filling<'a, N> {
    graph: &'a Graph<N>,
    own: &'a mut [Node<N>],
    other: &'a mut [Node<N>],
    gained: i128,
}

impl<N: Amount> Filling<'_, N> {
    /// The best column of `row`, from `at` on, that nobody has.
    fn offer(&self, row: u32, at: u32) -> Option<Offer<N>> {
        let ahead = &self.graph.row(row)[at as usize..];
        let further = ahead.iter().position(|edge| self.other[edge.column as usize].mate == NOBODY)?;
        let Edge { column, gain } = ahead[further];
        Some(Offer { gain, row: Reverse(row), column, at: at + further as u32 })
    }

    /// `false` if somebody else has taken the column.
    fn take(&mut self, offer: &Offer<N>) -> bool {
        let column = &mut self.other[offer.column as usize];
        if column.mate != NOBODY {
            return false;
        }
        column.mate = offer.row.0;
        self.own[offer.row.0 as usize].mate = offer.column;
        self.gained += i128::from(offer.gain.wide());
        true
    }
}
