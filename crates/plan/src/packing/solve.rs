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
    let sheet = Sheet::new(problem);
    let vehicle_of = owners(&sheet);
    let mut state = first(&sheet, &vehicle_of, start);
    let (dual, priced) = dual::solve(&sheet, state.saved(&sheet), budget);
    if priced {
        let rounded = round(&sheet, &vehicle_of, &dual);
        keep_better(&sheet, &mut state, rounded);
    }
    let whole = priced && improve(&sheet, &vehicle_of, &dual, &mut state, seed, budget);
    let report = report(problem, &sheet, &dual, &state, whole, budget);
    (sheet.write(&state.column_of), report)
}

fn owners(sheet: &Sheet) -> Vec<u32> {
    let mut vehicle_of = Vec::with_capacity(sheet.columns());
    (0..sheet.vehicles()).for_each(|vehicle| vehicle_of.extend(sheet.own(vehicle).map(|_| vehicle as u32)));
    vehicle_of
}

/// The better of `start` and taking the most gainful columns first.
fn first(sheet: &Sheet, vehicle_of: &[u32], start: Option<&Selection>) -> State {
    let mut order: Vec<u32> = (0..sheet.columns() as u32).collect();
    order.sort_by_key(|&column| std::cmp::Reverse(sheet.gain[column as usize]));
    let mut state = State::greedy(sheet, vehicle_of, &order);
    if let Some(start) = start {
        keep_better(sheet, &mut state, State::from(sheet, &sheet.read(start)));
    }
    state
}

fn keep_better(sheet: &Sheet, state: &mut State, other: State) {
    if other.saved(sheet) > state.saved(sheet) {
        *state = other;
    }
}

/// Takes columns in the order of their share in the fractional optimum, then by regret.
fn round(sheet: &Sheet, vehicle_of: &[u32], dual: &Dual) -> State {
    let mut order: Vec<u32> = (0..sheet.columns() as u32).collect();
    let share = |column: u32| (dual.share[column as usize] * 64.0) as u32;
    order.sort_by_key(|&column| (std::cmp::Reverse(share(column)), dual.regret[column as usize]));
    State::greedy(sheet, vehicle_of, &order)
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
    let mut search = Search::new(sheet, dual, vehicle_of, seed);
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
