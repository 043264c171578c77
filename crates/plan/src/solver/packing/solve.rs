//! The search in its order: start, prices, rounding of the fractional optimum, neighbourhoods until the budget ends.

use super::dual::{self, Dual, PARTS};
use super::neighbourhood::Search;
use super::sheet::Sheet;
use super::state::State;
use super::{Problem, Report, Selection};
use crate::{Budget, Degraded, Stage};

/// Neighbourhoods per vehicle without a better packing after which the search has run its course.
const STALE_PER_VEHICLE: usize = 20;

/// Packs the problem as cheaply as `budget` allows, never worse than `start`.
///
/// Shape: one entry per vehicle. Units: those of the problem's costs. Same input, seed and steps, same selection.
/// Errors: none; a column whose vehicle or request does not exist is the caller's bug and panics.
/// Source: see the README beside this file.
pub fn solve(
    problem: &Problem,
    start: Option<&Selection>,
    seed: u64,
    budget: &mut Budget,
) -> (Selection, Report) {
    let sheet = Sheet::new(problem, budget);
    let vehicle_of = owners(&sheet);
    let (mut state, begun) = first(&sheet, &vehicle_of, start, budget);
    let (dual, priced) = dual::solve(&sheet, state.saved(&sheet), budget);
    let whole = begun && priced && {
        let rounded = round(&sheet, &vehicle_of, &dual, budget);
        keep_better(&sheet, &mut state, rounded);
        improve(&sheet, &vehicle_of, &dual, &mut state, seed, budget)
    };
    let report = report(problem, &sheet, &dual, &state, whole, budget);
    (sheet.write(&state.column_of), report)
}

fn owners(sheet: &Sheet) -> Vec<u32> {
    let mut vehicle_of = Vec::with_capacity(sheet.columns());
    (0..sheet.vehicles()).for_each(|vehicle| vehicle_of.extend(sheet.own(vehicle).map(|_| vehicle as u32)));
    vehicle_of
}

/// The better of `start` and taking the most gainful columns first; `false` if the budget ended.
fn first(sheet: &Sheet, vehicle_of: &[u32], start: Option<&Selection>, budget: &mut Budget) -> (State, bool) {
    let (mut state, whole) = State::greedy(sheet, vehicle_of, |column| -sheet.gain[column], budget);
    if let Some(start) = start {
        keep_better(sheet, &mut state, State::from(sheet, &sheet.read(start)));
    }
    (state, whole)
}

fn keep_better(sheet: &Sheet, state: &mut State, other: State) {
    if other.saved(sheet) > state.saved(sheet) {
        *state = other;
    }
}

/// Takes columns in the order of their share in the fractional optimum, then by regret, until the budget ends.
fn round(sheet: &Sheet, vehicle_of: &[u32], dual: &Dual, budget: &mut Budget) -> State {
    let share = |column: usize| (dual.share[column] * 64.0) as i32;
    State::greedy(sheet, vehicle_of, |column| (-share(column), dual.regret[column]), budget).0
}

/// Searches neighbourhoods; whether it ran its course or met the bound before the budget ended.
fn improve(
    sheet: &Sheet,
    vehicle_of: &[u32],
    dual: &Dual,
    state: &mut State,
    seed: u64,
    budget: &mut Budget,
) -> bool {
    let Some(mut search) = Search::new(sheet, dual, vehicle_of, seed, budget) else { return false };
    let mut used = vec![false; sheet.requests];
    let mut stale = 0;
    let mut saved = state.saved(sheet);
    while stale < STALE_PER_VEHICLE * sheet.vehicles() && saved < dual.bound.div_euclid(PARTS) {
        if budget.is_over() {
            return false;
        }
        if search.step(state, &mut used, budget) {
            saved = state.saved(sheet);
            stale = 0;
        } else {
            stale += 1;
        }
    }
    true
}

fn report(
    problem: &Problem,
    sheet: &Sheet,
    dual: &Dual,
    state: &State,
    whole: bool,
    budget: &Budget,
) -> Report {
    let all: i64 = problem.outside.iter().sum();
    // The saving is a whole number, so the bound may be cut to one.
    let (cost, bound) = (all - state.saved(sheet), all - dual.bound.div_euclid(PARTS));
    let degraded = (!whole && cost > bound).then(|| Degraded {
        stage: Stage::Packing,
        reason: "the budget ended before the search for a cheaper packing had run its course".into(),
    });
    Report { cost, bound, steps: budget.used(), degraded }
}
