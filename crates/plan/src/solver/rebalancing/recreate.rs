//! Recreate: puts absent stations back, one by one, each where it is cheapest but for an occasional blink.
//!
//! Source: greedy insertion with blinks of SISR; Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.

use super::instance::Instance;
use super::state::SearchState;
use crate::budget::Budget;
use crate::rng::Rng;
use std::cmp::Reverse;

/// How often a position that would be the best so far is passed over.
const BLINK_SHARE: f64 = 0.01;

/// Puts back what is absent. `false`: the budget ended first, and the rest is still absent.
pub(super) fn recreate(
    instance: &Instance,
    state: &mut SearchState,
    price: i64,
    rng: &mut Rng,
    budget: &mut Budget,
) -> bool {
    let mut waiting = std::mem::take(&mut state.absent);
    sort(instance, &mut waiting, rng);
    for (turn, &station) in waiting.iter().enumerate() {
        insert(instance, state, station, price, rng);
        if !budget.spend(instance.vertices() as u64) {
            state.absent.extend_from_slice(&waiting[turn + 1..]);
            return state.absent.is_empty();
        }
    }
    waiting.clear();
    state.absent = waiting;
    true
}

/// A vehicle of its own for each station that is absent.
pub(super) fn alone(instance: &Instance, state: &mut SearchState) {
    for station in std::mem::take(&mut state.absent) {
        let slot = state.empty_slot();
        state.insert(instance, station, slot, 0);
    }
}

/// Stations that are hard to place go first, by one of several readings of hard.
fn sort(instance: &Instance, stations: &mut [u32], rng: &mut Rng) {
    match rng.below(11) {
        0..4 => rng.shuffle(stations),
        4..8 => stations.sort_by_key(|&station| Reverse(instance.demand(station).abs())),
        8..10 => stations.sort_by_key(|&station| Reverse(instance.alone(station))),
        _ => stations.sort_by_key(|&station| instance.alone(station)),
    }
}

/// At the cheapest position over all routes, a new one among them.
fn insert(instance: &Instance, state: &mut SearchState, station: u32, price: i64, rng: &mut Rng) {
    let (mut best, mut least) = (None, i64::from(instance.alone(station)));
    for (slot, route) in state.routes.iter().enumerate() {
        let blink = || rng.chance(BLINK_SHARE);
        if !route.is_empty()
            && let Some(position) = route.cheapest(instance, station, price, least, blink)
        {
            (best, least) = (Some((slot, position.behind)), position.worth);
        }
    }
    let (slot, behind) = best.unwrap_or_else(|| (state.empty_slot(), 0));
    state.insert(instance, station, slot, behind);
}
