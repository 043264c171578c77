//! Recreate: puts absent requests back, one by one, each where it is cheapest but for an occasional blink.
//!
//! Source: greedy insertion with blinks of SISR; Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.

use super::grid::{DEPOT, Grid, Ticks};
use super::insert::{InsertionCache, blinking};
use super::problem::Objective;
use super::route::Position;
use super::rules::Instance;
use super::state::SearchState;
use crate::budget::Budget;
use crate::rng::Rng;
use std::cmp::Reverse;

/// How often a route is looked at with one eye.
const BLINK_SHARE: f64 = 0.01;

/// Puts back what is absent, into no more than `vehicles` routes. What finds no room stays absent.
/// `false`: the budget ended first.
pub(super) fn recreate(
    instance: &Instance,
    state: &mut SearchState,
    cache: &mut InsertionCache,
    vehicles: usize,
    rng: &mut Rng,
    budget: &mut Budget,
) -> bool {
    let mut waiting = std::mem::take(&mut state.absent);
    sort(&instance.grid, &mut waiting, rng);
    for (turn, &request) in waiting.iter().enumerate() {
        let (found, steps) = cheapest(instance, state, cache, request, vehicles, rng);
        match found {
            Some((slot, position)) => state.insert(instance, request, slot, position),
            None => state.absent.push(request),
        }
        if !budget.spend(steps) {
            state.absent.extend_from_slice(&waiting[turn + 1..]);
            return false;
        }
    }
    true
}

fn sort(grid: &Grid, requests: &mut [u32], rng: &mut Rng) {
    let job = |request: &u32| grid.jobs[*request as usize];
    let window = |request: &u32| {
        let job = job(request);
        let due = if job.delivery == DEPOT { job.pickup } else { job.delivery };
        (grid.site(job.pickup).earliest, grid.site(due).latest)
    };
    let length = |request: &u32| window(request).1 - window(request).0;
    requests.sort_unstable();
    match rng.below(17) {
        0..4 => rng.shuffle(requests),
        4..8 => requests.sort_by_key(|request| Reverse(grid.site(job(request).pickup).load)),
        8..10 => requests.sort_by_key(|request| Reverse(job(request).alone)),
        10..11 => requests.sort_by_key(|request| job(request).alone),
        11..13 => requests.sort_by_key(length),
        13..15 => requests.sort_by_key(|request| window(request).0),
        _ => requests.sort_by_key(|request| Reverse(window(request).1)),
    }
}

/// The cheapest position over all routes. A new route is begun where no other has room, or, where vehicles cost
/// nothing, where that is cheaper. With the steps that looking took.
fn cheapest(
    instance: &Instance,
    state: &SearchState,
    cache: &mut InsertionCache,
    request: u32,
    vehicles: usize,
    rng: &mut Rng,
) -> (Option<(usize, Position)>, u64) {
    let mut steps = 0;
    let (mut best, mut best_delta) = (None, Ticks::MAX);
    let (mut used, mut spare) = (0, None);
    for (slot, route) in state.routes.iter().enumerate() {
        if route.is_empty() {
            spare = spare.or(Some(slot));
            continue;
        }
        used += 1;
        let position = if rng.chance(BLINK_SHARE) {
            blinking(instance, route, request, rng, &mut steps)
        } else {
            cache.best(instance, state, request, slot, &mut steps)
        };
        if position.delta < best_delta {
            (best, best_delta) = (Some((slot, position)), position.delta);
        }
    }
    let may_begin = used < vehicles && (best.is_none() || instance.grid.objective == Objective::Distance);
    if let Some(slot) = spare.filter(|_| may_begin) {
        let position = cache.best(instance, state, request, slot, &mut steps);
        if position.delta < best_delta {
            best = Some((slot, position));
        }
    }
    (best, steps)
}
