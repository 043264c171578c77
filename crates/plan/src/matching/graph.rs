//! The pairs as compact sparse rows, seen from one side, the largest gain first.
//!
//! A gain is what a pair saves against leaving its order out. The order within a row is what makes the solver quick:
//! prices are never negative, so a look along a row ends with the first gain that cannot matter any more.

use super::amount::Amount;
use super::problem::{Pair, Problem};
use crate::Budget;

/// A pair seen from its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge<N> {
    pub(super) column: u32,
    pub(super) gain: N,
}

/// Which side the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    Orders,
    Vehicles,
}

/// Shape: rows of one side, each by falling gain; only pairs worth more than leaving the order out.
#[derive(Clone, Debug)]
pub(super) struct Graph<N> {
    starts: Vec<u32>,
    edges: Vec<Edge<N>>,
    columns: usize,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { starts: vec![0], edges: Vec::new(), columns: 0 }
    }
}

impl<N: Amount> Graph<N> {
    /// Becomes `problem` with orders as rows. Pairs that stand by order and within it by price, as candidates do, are
    /// only copied. `false` if a gain is too large for this width; then it holds nothing that may be used.
    ///
    /// It is not interrupted, for no answer is feasible without the pairs, but it is paid for.
    pub(super) fn read(&mut self, problem: &Problem, budget: &mut Budget) -> bool {
        budget.spend(steps_to_move(problem.pairs.len()));
        if problem.pairs.is_sorted_by_key(|pair| pair.order) {
            return self.copy(problem, &problem.pairs);
        }
        let mut pairs = problem.pairs.clone();
        pairs.sort_by_key(|pair| pair.order);
        self.copy(problem, &pairs)
    }

    fn copy(&mut self, problem: &Problem, pairs: &[Pair]) -> bool {
        self.columns = problem.vehicles;
        self.edges.clear();
        self.edges.reserve(pairs.len());
        self.starts.clear();
        let (mut rest, mut keys) = (pairs.iter().peekable(), Vec::new());
        for (order, &outside) in (0..).zip(&problem.outside) {
            let start = self.edges.len();
            self.starts.push(start as u32);
            let (mut before, mut sorted) = (i64::MAX, true);
            while let Some(pair) = rest.next_if(|pair| pair.order == order) {
                let gain = outside.saturating_sub(pair.price);
                if gain > N::MOST {
                    return false;
                }
                if gain > 0 {
                    sorted &= gain <= std::mem::replace(&mut before, gain);
                    self.edges.push(Edge { column: pair.vehicle, gain: N::from_wide(gain) });
                }
            }
            if !sorted {
                sort_row(&mut self.edges[start..], &mut keys);
            }
        }
        assert!(rest.next().is_none(), "a pair names an order that the problem does not have");
        self.starts.push(self.edges.len() as u32);
        true
    }

    /// Becomes `from`, seen from its other side. All pairs are sorted once, digit by digit, and then dealt out to rows.
    /// `false` if the budget ended first; then it holds nothing that may be used.
    pub(super) fn turn(&mut self, from: &Self, scratch: &mut Sorting<N>, budget: &mut Budget) -> bool {
        if !scratch.by_falling_gain(from, budget) {
            return false;
        }
        self.columns = from.rows();
        self.starts.clear();
        self.starts.resize(from.columns + 1, 0);
        from.edges.iter().for_each(|edge| self.starts[edge.column as usize + 1] += 1);
        (0..from.columns).for_each(|column| self.starts[column + 1] += self.starts[column]);
        let mut next = self.starts.clone();
        self.edges.resize(from.edges.len(), Edge::default());
        for some in scratch.sorted.chunks(MOVED_AT_ONCE) {
            if !budget.spend(steps_to_move(some.len())) {
                return false;
            }
            for &(row, edge) in some {
                let at = &mut next[edge.column as usize];
                self.edges[*at as usize] = Edge { column: row, gain: edge.gain };
                *at += 1;
            }
        }
        true
    }

    /// The side with fewer members that have a pair worth taking. Scarcity, not size, makes paths long.
    pub(super) fn scarcer(&self) -> Rows {
        let mut seen = vec![false; self.columns];
        self.edges.iter().for_each(|edge| seen[edge.column as usize] = true);
        let columns = seen.into_iter().filter(|&seen| seen).count();
        let rows = self.starts.windows(2).filter(|ends| ends[0] < ends[1]).count();
        if rows <= columns { Rows::Orders } else { Rows::Vehicles }
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }
    pub(super) fn pairs(&self) -> usize {
        self.edges.len()
    }
    pub(super) fn columns(&self) -> usize {
        self.columns
    }
    pub(super) fn row(&self, row: u32) -> &[Edge<N>] {
        &self.edges[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}

/// Pairs that are moved between two looks at the budget: some 0.2 ms of work.
const MOVED_AT_ONCE: usize = 32_768;

/// Moving a pair from one array to another costs a small part of looking at it in a search.
fn steps_to_move(pairs: usize) -> u64 {
    pairs.div_ceil(16) as u64
}

/// By falling gain, and by column among equals, so that the order of the input does not matter. One number per pair is
/// sorted in half the time that two compared fields take.
fn sort_row<N: Amount>(row: &mut [Edge<N>], keys: &mut Vec<N::Key>) {
    let most = N::from_wide(N::MOST);
    keys.clear();
    keys.extend(row.iter().map(|edge| (most - edge.gain).key(edge.column)));
    keys.sort_unstable();
    for (edge, &key) in row.iter_mut().zip(&*keys) {
        let (below, column) = N::split(key);
        *edge = Edge { column, gain: most - below };
    }
}

/// Room to sort the pairs of a graph in; worth keeping, for fresh memory costs more than the sorting.
#[derive(Debug)]
pub(super) struct Sorting<N> {
    /// Pairs with their rows.
    sorted: Vec<(u32, Edge<N>)>,
    spare: Vec<(u32, Edge<N>)>,
}

impl<N> Default for Sorting<N> {
    fn default() -> Self {
        Self { sorted: Vec::new(), spare: Vec::new() }
    }
}

/// Eleven bits a pass: the counters stay in the nearest cache.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

impl<N: Amount> Sorting<N> {
    /// The largest gain first, and by row among equals. `false` if the budget ended first.
    fn by_falling_gain(&mut self, graph: &Graph<N>, budget: &mut Budget) -> bool {
        let (mut most, mut least) = (0, i64::MAX);
        for edge in &graph.edges {
            (most, least) = (most.max(edge.gain.wide()), least.min(edge.gain.wide()));
        }
        let rows = 0..graph.rows() as u32;
        let pairs = rows.flat_map(|row| graph.row(row).iter().map(move |&edge| (row, edge)));
        self.sorted.clear();
        if most <= least {
            self.sorted.extend(pairs);
            return budget.spend(steps_to_move(self.sorted.len()));
        }
        self.sorted.resize(graph.edges.len(), Default::default());
        let digit = |edge: &Edge<N>| (most - edge.gain.wide()) as usize & (DIGITS - 1);
        let mut goes_on = place(pairs, &mut self.sorted, digit, budget);
        let mut shift = DIGIT_BITS;
        while goes_on && (most - least) >> shift > 0 {
            self.spare.resize(graph.edges.len(), Default::default());
            let digit = |edge: &Edge<N>| ((most - edge.gain.wide()) >> shift) as usize & (DIGITS - 1);
            goes_on = place(self.sorted.iter().copied(), &mut self.spare, digit, budget);
            std::mem::swap(&mut self.sorted, &mut self.spare);
            shift += DIGIT_BITS;
        }
        goes_on
    }
}

/// One pass: by `digit`, otherwise in the order in which they come. `false` if the budget ended first.
fn place<N: Amount>(
    pairs: impl Iterator<Item = (u32, Edge<N>)> + Clone,
    to: &mut [(u32, Edge<N>)],
    digit: impl Fn(&Edge<N>) -> usize,
    budget: &mut Budget,
) -> bool {
    let mut next = [0_u32; DIGITS];
    pairs.clone().for_each(|(_, edge)| next[digit(&edge)] += 1);
    let mut start = 0;
    for place in &mut next {
        start += std::mem::replace(place, start);
    }
    let count = to.len();
    for (moved, pair) in pairs.enumerate() {
        if moved % MOVED_AT_ONCE == 0 && !budget.spend(steps_to_move(MOVED_AT_ONCE.min(count - moved))) {
            return false;
        }
        let at = &mut next[digit(&pair.1)];
        to[*at as usize] = pair;
        *at += 1;
    }
    true
}
