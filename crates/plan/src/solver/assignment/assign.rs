//! The exact assignment of one batch: which side to start from, which width of numbers, and what to do when the budget
//! ends. The work is in `cold.rs` and, from tick to tick, in `warm.rs`.

use super::cold::Sides;
use super::cost::Cost;
use super::graph::{Graph, Orientation, SortScratch, Unread, is_too_late};
use super::problem::{AssignmentProblem, Matching};
use super::search::UNMATCHED;
use super::{cold, greedy};
use crate::budget::Budget;

/// Finds the cheapest matching, or, if `budget` ends first, completes what it has greedily.
///
/// Panics if a pair names a row or a column that the problem does not have, or gains more than a quarter of the largest
/// `i64`.
pub fn assign(problem: &AssignmentProblem, budget: &mut Budget) -> Matching {
    let mut matching = assign_in::<i32>(problem, budget);
    if matching == Err(Unsearched::Overflow) {
        matching = assign_in::<i64>(problem, budget);
    }
    match matching {
        Ok(matching) | Err(Unsearched::Ended(matching)) => matching,
        Err(Unsearched::Overflow) => panic!("{FITS_I64}"),
    }
}

pub(super) const FITS_I64: &str = "gains are less than a quarter of the largest i64";

/// Why no search began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsearched {
    /// A gain is too large for this width.
    Overflow,
    /// The budget ended; the answer without a search.
    Ended(Matching),
}

fn assign_in<N: Cost>(problem: &AssignmentProblem, budget: &mut Budget) -> Result<Matching, Unsearched> {
    let mut by_row = Graph::<N>::default();
    read(&mut by_row, problem, budget)?;
    let mut by_column = Graph::default();
    let (orientation, sides) =
        from_nothing(problem, &by_row, &mut by_column, &mut SortScratch::default(), budget)?;
    let graph = if orientation == Orientation::ByRow { &by_row } else { &by_column };
    Ok(finish(graph, orientation, sides))
}

/// Fills `by_row` with the problem.
pub(super) fn read<N: Cost>(
    by_row: &mut Graph<N>,
    problem: &AssignmentProblem,
    budget: &mut Budget,
) -> Result<(), Unsearched> {
    by_row.read(problem, budget).map_err(|why| match why {
        Unread::Overflow => Unsearched::Overflow,
        Unread::Ended => Unsearched::Ended(greedy::from_pairs(problem)),
    })
}

/// Solves from the scarcer side, and says which that was. `by_column` is filled if it is needed. Where the budget ends
/// before the first search, a problem that may still be gone through is left open, by row: `by_column` is then not to be
/// used.
pub(super) fn from_nothing<N: Cost>(
    problem: &AssignmentProblem,
    by_row: &Graph<N>,
    by_column: &mut Graph<N>,
    scratch: &mut SortScratch<N>,
    budget: &mut Budget,
) -> Result<(Orientation, Sides<N>), Unsearched> {
    let from_columns = !budget.is_over() && by_row.scarcer() == Orientation::ByColumn;
    if from_columns && by_column.transpose(by_row, scratch, budget) {
        return Ok((Orientation::ByColumn, cold::solve(by_column, budget)));
    }
    if is_too_late(by_row.pairs(), budget) {
        return Err(Unsearched::Ended(greedy::from_graph(problem, by_row)));
    }
    Ok((Orientation::ByRow, cold::solve(by_row, budget)))
}

/// Turns prices and partners into an answer, completed greedily where complementary slackness is violated.
pub(super) fn finish<N: Cost>(graph: &Graph<N>, orientation: Orientation, mut sides: Sides<N>) -> Matching {
    // No matching gains more than all prices together, and pairs of zero reduced cost gain what their own prices add up to.
    let violating = sides.own.iter().chain(&sides.other).filter(|node| node.violates_slackness());
    let missing: i128 = violating.map(|node| i128::from(node.price.to_i64())).sum();
    let exact = missing == 0;
    let gained = if exact { 0 } else { greedy::complete(graph, &mut sides.own, &mut sides.other) };
    let rows = if orientation == Orientation::ByRow { &sides.own } else { &sides.other };
    let column_of = rows.iter().map(|row| (row.mate != UNMATCHED).then_some(row.mate)).collect();
    Matching { column_of, exact, gap: missing - gained }
}
