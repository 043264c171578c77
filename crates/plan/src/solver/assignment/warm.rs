//! From tick to tick: keeps prices and partners by lasting names, and repairs only what has changed; see `repair.rs`.
//!
//! The answer is optimal on every tick, whatever was kept; among several optimal ones it may be another than the cold
//! solver's. What is kept is therefore an argument of the round, and a run that repeats its inputs repeats its answers.

use super::assign::{FITS_I64, Unsearched, finish, from_nothing, read};
use super::cold::Sides;
use super::cost::Cost;
use super::graph::{Graph, Orientation, SortScratch};
use super::problem::{AssignmentProblem, Matching};
use super::repair::{Before, LastTick, augment_both, numbers_before, repair};
use crate::budget::Budget;

/// Solves one tick after the other, each from where the last one ended.
///
/// `R` and `C` are the lasting names of rows and columns.
#[derive(Debug)]
pub struct Matcher<R, C> {
    rows: Vec<R>,
    columns: Vec<C>,
    last: LastState,
}

/// In the width in which it was solved. A tick of another width starts from nothing.
#[derive(Debug)]
enum LastState {
    I32(TickState<i32>),
    I64(TickState<i64>),
}

/// What the last tick left, and the memory that it needed.
#[derive(Debug)]
struct TickState<N> {
    /// By row; `None` if starting from nothing is cheaper than repairing.
    sides: Option<Sides<N>>,
    by_row: Graph<N>,
    /// What `by_row` becomes with the next tick, when this one's is still needed.
    next_by_row: Graph<N>,
    by_column: Graph<N>,
    scratch: SortScratch<N>,
    /// Steps that the last tick from nothing took; what repairing must stay below.
    cold_steps: u64,
    /// Whether to repair even where starting from nothing is cheaper.
    always: bool,
}

impl<R, C> Default for Matcher<R, C> {
    fn default() -> Self {
        Self { rows: Vec::new(), columns: Vec::new(), last: LastState::I32(TickState::default()) }
    }
}

/// Repairing looks at all pairs about so often, and starting from nothing at few of them where columns abound.
const LOOKS_TO_REPAIR: u64 = 3;

impl<R: Ord + Clone, C: Ord + Clone> Matcher<R, C> {
    /// One that repairs on every tick. By default a tick that is cheaper from nothing, as where columns abound, starts
    /// from nothing. The answers are as cheap either way.
    pub fn always_warm() -> Self {
        Self { last: LastState::I32(TickState { always: true, ..TickState::default() }), ..Self::default() }
    }

    /// Finds the cheapest matching, or, if `budget` ends first, completes greedily what it has: at first the last tick's
    /// matching as far as it holds, or nothing if the budget ends before the pairs are sorted.
    ///
    /// Shape: `rows` and `columns` name those of `problem`, both strictly ascending.
    /// Panics if they do not fit the problem.
    pub fn solve(
        &mut self,
        problem: &AssignmentProblem,
        rows: &[R],
        columns: &[C],
        budget: &mut Budget,
    ) -> Matching {
        assert_eq!((rows.len(), columns.len()), (problem.unassigned_cost.len(), problem.columns));
        debug_assert!(rows.is_sorted_by(|a, b| a < b) && columns.is_sorted_by(|a, b| a < b));
        let before =
            Before { row: numbers_before(&self.rows, rows), column: numbers_before(&self.columns, columns) };
        match self.in_its_width(problem, &before, budget) {
            Ok(matching) => {
                rows.clone_into(&mut self.rows);
                columns.clone_into(&mut self.columns);
                matching
            }
            // What was kept stays for the next tick.
            Err(Unsearched::Ended(matching)) => matching,
            Err(Unsearched::Overflow) => panic!("{FITS_I64}"),
        }
    }

    fn in_its_width(
        &mut self,
        problem: &AssignmentProblem,
        before: &Before,
        budget: &mut Budget,
    ) -> Result<Matching, Unsearched> {
        let always = match &mut self.last {
            // Gains that were too large for 32 bits may have shrunk; that can wait for the next start.
            LastState::I64(last) => return last.tick(problem, before, budget),
            LastState::I32(last) => match last.tick(problem, before, budget) {
                Err(Unsearched::Overflow) => last.always,
                read => return read,
            },
        };
        let mut last = TickState { always, ..TickState::default() };
        let matching = last.tick(problem, before, budget)?;
        self.last = LastState::I64(last);
        Ok(matching)
    }
}

impl<N: Cost> Default for TickState<N> {
    fn default() -> Self {
        Self {
            sides: None,
            by_row: Graph::default(),
            next_by_row: Graph::default(),
            by_column: Graph::default(),
            scratch: SortScratch::default(),
            cold_steps: 0,
            always: false,
        }
    }
}

impl<N: Cost> TickState<N> {
    /// One tick in this width, and what the next may start from.
    fn tick(
        &mut self,
        problem: &AssignmentProblem,
        before: &Before,
        budget: &mut Budget,
    ) -> Result<Matching, Unsearched> {
        read(&mut self.next_by_row, problem, budget)?;
        let (used, by_row) = (budget.used(), &self.next_by_row);
        let (orientation, sides, pays) = if let Some(sides) = &self.sides
            && self.by_column.transpose(by_row, &mut self.scratch, budget)
            && let Some(mut sides) =
                repair(&LastTick { by_row: &self.by_row, sides, before }, by_row, &self.by_column, budget)
        {
            augment_both(&mut sides, by_row, &self.by_column, budget);
            // Where repairing has become dearer than starting from nothing was, the next tick starts from nothing.
            let pays = budget.used() - used <= self.cold_steps;
            // What the budget leaves open is completed from the smaller side.
            if by_row.rows() <= self.by_column.rows() {
                (Orientation::ByRow, sides, pays)
            } else {
                (Orientation::ByColumn, sides.transposed(), pays)
            }
        } else {
            let (orientation, sides) =
                from_nothing(problem, by_row, &mut self.by_column, &mut self.scratch, budget)?;
            self.cold_steps = if budget.is_over() { u64::MAX } else { budget.used() - used };
            (orientation, sides, self.cold_steps > LOOKS_TO_REPAIR * by_row.pairs() as u64)
        };
        // What is kept is what the searches left, without what is added greedily; by row.
        let keep = pays || budget.is_over() || self.always;
        let of_rows = orientation == Orientation::ByRow;
        self.sides = keep.then(|| if of_rows { sides.clone() } else { sides.clone().transposed() });
        let matching = finish(if of_rows { by_row } else { &self.by_column }, orientation, sides);
        std::mem::swap(&mut self.by_row, &mut self.next_by_row);
        Ok(matching)
    }
}
