//! The search in its order: start, prices, rounding of the fractional optimum, neighbourhoods until the budget ends.

use super::column_table::ColumnTable;
use super::dual::{self, Dual, PARTS};
use super::neighbourhood::NeighbourhoodSearch;
use super::problem::{PackingProblem, Selection};
use super::report::PackingReport;
use super::state::PackingState;
use crate::budget::Budget;

/// Neighbourhoods per group without a better packing after which the search has run its course.
const STALE_PER_GROUP: usize = 20;

/// Packs the problem as cheaply as `budget` allows, never worse than `start`.
///
/// Shape: one entry per group. Units: those of the problem's costs. Same input, seed and steps, same selection.
/// Errors: none; a column whose group or row does not exist is the caller's bug and panics.
/// Source: see the README beside this file.
pub fn solve(
    problem: &PackingProblem,
    start: Option<&Selection>,
    seed: u64,
    budget: &mut Budget,
) -> (Selection, PackingReport) {
    let table = ColumnTable::new(problem, budget);
    let (mut state, begun) = first(&table, start, budget);
    let (dual, priced) = dual::solve(&table, state.saved(&table), budget);
    let whole = begun && priced && {
        let rounded = round(&table, &dual, budget);
        keep_better(&table, &mut state, rounded);
        improve(&table, &dual, &mut state, seed, budget)
    };
    let report = report(problem, &table, &dual, &state, whole, budget);
    (table.write(&state.column_of), report)
}

/// The better of `start` and taking the most gainful columns first; `false` if the budget ended.
fn first(table: &ColumnTable, start: Option<&Selection>, budget: &mut Budget) -> (PackingState, bool) {
    let (mut state, whole) = PackingState::greedy(table, |column| -table.gain[column], budget);
    if let Some(start) = start {
        keep_better(table, &mut state, PackingState::from(table, &table.read(start)));
    }
    (state, whole)
}

fn keep_better(table: &ColumnTable, state: &mut PackingState, other: PackingState) {
    if other.saved(table) > state.saved(table) {
        *state = other;
    }
}

/// Takes columns in the order of their share in the fractional optimum, then by regret, until the budget ends.
fn round(table: &ColumnTable, dual: &Dual, budget: &mut Budget) -> PackingState {
    let share = |column: usize| (dual.share[column] * 64.0) as i32;
    PackingState::greedy(table, |column| (-share(column), dual.regret[column]), budget).0
}

/// Searches neighbourhoods; whether it ran its course or met the bound before the budget ended.
fn improve(
    table: &ColumnTable,
    dual: &Dual,
    state: &mut PackingState,
    seed: u64,
    budget: &mut Budget,
) -> bool {
    let Some(mut search) = NeighbourhoodSearch::new(table, dual, seed, budget) else {
        return false;
    };
    let mut used = vec![false; table.rows];
    let mut stale = 0;
    let mut saved = state.saved(table);
    while stale < STALE_PER_GROUP * table.groups() && saved < dual.bound.div_euclid(PARTS) {
        if budget.is_over() {
            return false;
        }
        if search.step(state, &mut used, budget) {
            saved = state.saved(table);
            stale = 0;
        } else {
            stale += 1;
        }
    }
    true
}

fn report(
    problem: &PackingProblem,
    table: &ColumnTable,
    dual: &Dual,
    state: &PackingState,
    whole: bool,
    budget: &Budget,
) -> PackingReport {
    let all: i64 = problem.unassigned_cost.iter().sum();
    // The saving is a whole number, so the bound may be cut to one.
    let (cost, bound) = (all - state.saved(table), all - dual.bound.div_euclid(PARTS));
    PackingReport { cost, bound, steps: budget.used(), cut_short: !whole && cost > bound }
}
