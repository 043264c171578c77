//! Ruin: takes stops out around one drawn at random, in one of two ways. Long strings, one from each of several
//! neighbouring routes, as [`StringRuin`] says; or short strings wherever the neighbours stand, several of them in one
//! route if need be: with few vehicles, routes are long and their stretches are each other's neighbours.

use super::instance::Instance;
use super::state::SearchState;
use crate::rng::Rng;
use crate::solver::strings::StringRuin;

/// Stops that an iteration takes out on average.
const STOPS_MEAN: f64 = 10.0;
/// How often short strings are taken out.
const SHORT_SHARE: f64 = 0.5;
/// The longest of the short strings.
const SHORT_MAX: usize = 4;
/// How often a neighbour is passed over.
const PASS_SHARE: f64 = 0.2;

/// Takes stations out onto `state.absent`.
pub(super) fn ruin(instance: &Instance, state: &mut SearchState, ruined: &mut Vec<usize>, rng: &mut Rng) {
    if rng.chance(SHORT_SHARE) {
        short_strings(instance, state, rng);
    } else {
        long_strings(instance, state, ruined, rng);
    }
}

fn long_strings(instance: &Instance, state: &mut SearchState, ruined: &mut Vec<usize>, rng: &mut Rng) {
    let stations = instance.vertices() - 1;
    let draw = StringRuin::draw(STOPS_MEAN, stations, state.vehicles(), rng);
    let seed = 1 + rng.below(stations) as u32;
    ruined.clear();
    for &station in [seed].iter().chain(instance.near(seed)) {
        if ruined.len() >= draw.strings {
            break;
        }
        let Some(slot) = state.slot_of(station).filter(|slot| !ruined.contains(slot)) else { continue };
        ruined.push(slot);
        let stops: Vec<u32> = state.routes[slot].stations().collect();
        let at = stops.iter().position(|&stop| stop == station).unwrap_or(0);
        state.remove(instance, slot, draw.string(at, stops.len(), rng).map(|at| stops[at]));
    }
}

fn short_strings(instance: &Instance, state: &mut SearchState, rng: &mut Rng) {
    let stations = instance.vertices() - 1;
    let count = 1 + rng.below(2 * STOPS_MEAN as usize).min(stations - 1);
    let length_max = 1 + rng.below(SHORT_MAX);
    let seed = 1 + rng.below(stations) as u32;
    for &station in [seed].iter().chain(instance.near(seed)) {
        if state.absent.len() >= count {
            break;
        }
        let Some(slot) = state.slot_of(station) else { continue };
        if rng.chance(PASS_SHARE) {
            continue;
        }
        let stops: Vec<u32> = state.routes[slot].stations().collect();
        let at = stops.iter().position(|&stop| stop == station).unwrap_or(0);
        let length = (1 + rng.below(length_max)).min(stops.len());
        let (low, high) = ((at + 1).saturating_sub(length), at.min(stops.len() - length));
        let from = low + rng.below(high - low + 1);
        state.remove(instance, slot, stops[from..from + length].iter().copied());
    }
}
