//! The pairs as compact sparse rows, seen from one side, the largest gain first.
//!
//! A gain is what a pair saves against leaving its row unassigned. The order within a row is what makes the solver quick:
//! prices are never negative, so a look along a row ends with the first gain that cannot matter any more.

use super::cost::Cost;
use super::counting_sort::{prefix_sum, scatter};
use super::problem::{AssignmentProblem, Pair};
use crate::budget::Budget;

/// A pair seen from its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge<N> {
    pub(super) column: u32,
    pub(super) gain: N,
}

/// Which side of the problem the rows of a graph are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Orientation {
    ByRow,
    ByColumn,
}

/// Shape: compressed sparse rows of one side, each by falling gain; only pairs cheaper than leaving their row unassigned.
#[derive(Clone, Debug)]
pub(super) struct Graph<N> {
    starts: Vec<u32>,
    edges: Vec<Edge<N>>,
    /// How many pairs each column has.
    of_column: Vec<u32>,
}

/// Why a problem was not read; what stands in the graph is then not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// A gain is too large for this width.
    Overflow,
    /// The budget ended.
    Ended,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { starts: vec![0], edges: Vec::new(), of_column: Vec::new() }
    }
}

impl<N: Cost> Graph<N> {
    /// Becomes `problem`, by row. Pairs that stand by row and within it by cost are only copied. A problem of up to [`AT_ONCE`] pairs is read even if the budget ends.
    pub(super) fn read(&mut self, problem: &AssignmentProblem, budget: &mut Budget) -> Result<(), Unread> {
        if !self.copy(problem, &problem.pairs, budget)? {
            let pairs = sorted_by_row(problem, budget)?;
            self.copy(problem, &pairs, budget)?;
        }
        Ok(())
    }

    /// `false` if `pairs` do not stand by row.
    fn copy(
        &mut self,
        problem: &AssignmentProblem,
        pairs: &[Pair],
        budget: &mut Budget,
    ) -> Result<bool, Unread> {
        self.edges.clear();
        self.edges.reserve(pairs.len());
        self.starts.clear();
        self.of_column.clear();
        self.of_column.resize(problem.columns, 0);
        let (mut rest, mut keys, mut paid) = (pairs.iter().peekable(), Vec::new(), 0);
        for (row, &unassigned_cost) in (0..).zip(&problem.unassigned_cost) {
            let start = self.edges.len();
            self.starts.push(start as u32);
            let (mut before, mut sorted) = (i64::MAX, true);
            while let Some(pair) = rest.next_if(|pair| pair.row == row) {
                let gain = unassigned_cost.saturating_sub(pair.cost);
                if gain > N::MAX {
                    return Err(Unread::Overflow);
                }
                if gain > 0 {
                    sorted &= gain <= std::mem::replace(&mut before, gain);
                    self.of_column[pair.column as usize] += 1;
                    self.edges.push(Edge { column: pair.column, gain: N::from_i64(gain) });
                }
            }
            if !sorted {
                sort_row(&mut self.edges[start..], &mut keys);
            }
            if rest.peek().is_some_and(|next| next.row < row) {
                return Ok(false);
            }
            let read = pairs.len() - rest.len();
            if read - paid >= MOVED_AT_ONCE {
                pay(read - paid, pairs.len(), budget)?;
                paid = read;
            }
        }
        self.starts.push(self.edges.len() as u32);
        budget.spend(steps_to_move(pairs.len() - paid));
        Ok(rest.next().is_none())
    }

    /// Becomes `from`, seen from its other side. All pairs are sorted once, digit by digit, and then scattered to rows.
    /// `false` if the budget ended first; then it holds nothing that may be used.
    pub(super) fn transpose(
        &mut self,
        from: &Self,
        scratch: &mut SortScratch<N>,
        budget: &mut Budget,
    ) -> bool {
        if !scratch.by_falling_gain(from, budget) {
            return false;
        }
        self.of_column.clear();
        self.of_column.extend(from.starts.windows(2).map(|ends| ends[1] - ends[0]));
        self.starts.clone_from(&from.of_column);
        self.starts.push(0);
        prefix_sum(&mut self.starts);
        let mut next = self.starts.clone();
        self.edges.resize(from.edges.len(), Edge::default());
        for some in scratch.sorted.chunks(MOVED_AT_ONCE) {
            if !budget.spend(steps_to_move(some.len())) {
                return false;
            }
            for &(row, Edge { column, gain }) in some {
                scatter(Edge { column: row, gain }, column as usize, &mut next, &mut self.edges);
            }
        }
        true
    }

    /// The side with fewer members that have a pair worth taking. Scarcity, not size, makes paths long.
    pub(super) fn scarcer(&self) -> Orientation {
        let columns = self.of_column.iter().filter(|&&pairs| pairs > 0).count();
        let rows = self.starts.windows(2).filter(|ends| ends[0] < ends[1]).count();
        if rows <= columns { Orientation::ByRow } else { Orientation::ByColumn }
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }
    pub(super) fn pairs(&self) -> usize {
        self.edges.len()
    }
    pub(super) fn columns(&self) -> usize {
        self.of_column.len()
    }
    pub(super) fn row(&self, row: u32) -> &[Edge<N>] {
        &self.edges[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }
}

/// Pairs that are read and completed greedily even after the end of the budget: 1 or 2 ms. Only beyond does a budget that
/// ends before the first search mean an answer without any of that.
const AT_ONCE: usize = 262_144;

/// Whether so many pairs may not be gone through any more before the first search.
pub(super) fn is_too_late(pairs: usize, budget: &Budget) -> bool {
    pairs > AT_ONCE && budget.is_over()
}

/// Pays for the reading of `some` of so many pairs.
fn pay(some: usize, pairs: usize, budget: &mut Budget) -> Result<(), Unread> {
    budget.spend(steps_to_move(some));
    if is_too_late(pairs, budget) { Err(Unread::Ended) } else { Ok(()) }
}

/// Pairs that are moved between two looks at the budget: some 0.1 ms of work.
const MOVED_AT_ONCE: usize = 16_384;

/// Moving a pair from one array to another costs a small part of looking at it in a search.
fn steps_to_move(pairs: usize) -> u64 {
    pairs.div_ceil(8) as u64
}

/// By falling gain, and by column among equals, so that the order of the input does not matter. One number per pair is
/// sorted in half the time that two compared fields take.
fn sort_row<N: Cost>(row: &mut [Edge<N>], keys: &mut Vec<N::Key>) {
    let most = N::from_i64(N::MAX);
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
pub(super) struct SortScratch<N> {
    /// Pairs with their rows.
    sorted: Vec<(u32, Edge<N>)>,
    spare: Vec<(u32, Edge<N>)>,
}

impl<N> Default for SortScratch<N> {
    fn default() -> Self {
        Self { sorted: Vec::new(), spare: Vec::new() }
    }
}

/// Eleven bits a pass: the counters stay in the nearest cache.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

impl<N: Cost> SortScratch<N> {
    /// The largest gain first, and by row among equals. `false` if the budget ended first.
    fn by_falling_gain(&mut self, graph: &Graph<N>, budget: &mut Budget) -> bool {
        let rows = || (0..graph.rows() as u32).map(|row| (row, graph.row(row)));
        let most = rows().filter_map(|(_, edges)| edges.first()).map(|edge| edge.gain.to_i64()).max();
        let least = rows().filter_map(|(_, edges)| edges.last()).map(|edge| edge.gain.to_i64()).min();
        let (Some(most), Some(least)) = (most, least) else {
            self.sorted.clear();
            return true;
        };
        let count = graph.edges.len();
        let digit =
            |edge: &Edge<N>, shift: u32| ((most - edge.gain.to_i64()) >> shift) as usize & (DIGITS - 1);
        self.sorted.resize(count, Default::default());
        let Some(mut next) = places(&graph.edges, |edge| digit(edge, 0), budget) else { return false };
        let mut unpaid = 0;
        for (row, edges) in rows() {
            for &edge in edges {
                scatter((row, edge), digit(&edge, 0), &mut next, &mut self.sorted);
            }
            unpaid += edges.len();
            if unpaid >= MOVED_AT_ONCE && !budget.spend(steps_to_move(std::mem::take(&mut unpaid))) {
                return false;
            }
        }
        for shift in (DIGIT_BITS..i64::BITS).step_by(DIGIT_BITS as usize) {
            if (most - least) >> shift == 0 {
                break;
            }
            self.spare.resize(count, Default::default());
            let Some(mut next) = places(&graph.edges, |edge| digit(edge, shift), budget) else {
                return false;
            };
            for some in self.sorted.chunks(MOVED_AT_ONCE) {
                if !budget.spend(steps_to_move(some.len())) {
                    return false;
                }
                for &pair in some {
                    scatter(pair, digit(&pair.1, shift), &mut next, &mut self.spare);
                }
            }
            std::mem::swap(&mut self.sorted, &mut self.spare);
        }
        true
    }
}

/// Where the pairs of each digit begin; `None` if the budget ended first.
fn places<N: Cost>(
    edges: &[Edge<N>],
    digit: impl Fn(&Edge<N>) -> usize,
    budget: &mut Budget,
) -> Option<[u32; DIGITS]> {
    let mut places = [0_u32; DIGITS];
    for some in edges.chunks(MOVED_AT_ONCE) {
        budget.spend(steps_to_move(some.len())).then_some(())?;
        some.iter().for_each(|edge| places[digit(edge)] += 1);
    }
    prefix_sum(&mut places);
    Some(places)
}

/// The pairs of a problem by row, otherwise as they stand.
fn sorted_by_row(problem: &AssignmentProblem, budget: &mut Budget) -> Result<Vec<Pair>, Unread> {
    let mut next = vec![0_u32; problem.unassigned_cost.len()];
    for some in problem.pairs.chunks(MOVED_AT_ONCE) {
        pay(some.len(), problem.pairs.len(), budget)?;
        for pair in some {
            let count = next.get_mut(pair.row as usize);
            *count.expect("a pair names a row that the problem has") += 1;
        }
    }
    prefix_sum(&mut next);
    let mut sorted = vec![Pair::default(); problem.pairs.len()];
    for some in problem.pairs.chunks(MOVED_AT_ONCE) {
        pay(some.len(), problem.pairs.len(), budget)?;
        for &pair in some {
            scatter(pair, pair.row as usize, &mut next, &mut sorted);
        }
    }
    Ok(sorted)
}
