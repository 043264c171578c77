//! Ruin: takes strings of neighbouring stops out of neighbouring routes.
//!
//! Source: adjacent string removal of SISR; Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.

use super::grid::DEPOT;
use super::rules::Instance;
use super::state::SearchState;
use crate::rng::Rng;

/// Stops that an iteration takes out on average, before the other ends of their requests follow.
const STOPS_MEAN: f64 = 10.0;
/// The longest string.
const STRING_MAX: f64 = 10.0;
/// How often a string keeps a few stops in its midst.
const SPLIT_SHARE: f64 = 0.5;
/// How often the kept part stops growing by one more.
const SPLIT_DEPTH: f64 = 0.01;

/// Takes requests out around a place drawn at random. Leaves them on `state.absent`.
pub(super) fn ruin(instance: &Instance, state: &mut SearchState, rng: &mut Rng) {
    let grid = &instance.grid;
    let served = state.routes.iter().map(|route| route.inner().len()).sum::<usize>();
    if served == 0 {
        return;
    }
    let mean = served as f64 / state.vehicles() as f64;
    let string_max = STRING_MAX.min(mean);
    let strings_max = 4.0 * STOPS_MEAN / (1.0 + string_max) - 1.0;
    let strings = (1.0 + rng.unit() * strings_max).floor() as usize;
    let mut ruined: Vec<usize> = Vec::with_capacity(strings);
    let mut requests: Vec<u32> = Vec::new();
    let seed = 1 + rng.below(grid.sites.len() - 1) as u32;
    for place in [seed].iter().chain(grid.near(seed)) {
        if ruined.len() >= strings {
            break;
        }
        let Some(slot) = state.slot_of(*place) else { continue };
        if !ruined.contains(&slot) {
            ruined.push(slot);
            let stops = state.routes[slot].inner();
            requests.extend(string(stops, *place, string_max, rng).map(|stop| grid.site(stop).request));
        }
    }
    requests.sort_unstable();
    requests.dedup();
    state.remove(instance, &requests);
}

/// Draws a string of a route's stops that includes `place`, with or without a kept part.
fn string(stops: &[u32], place: u32, string_max: f64, rng: &mut Rng) -> impl Iterator<Item = u32> {
    debug_assert!(stops.iter().all(|&stop| stop != DEPOT));
    let length_max = string_max.min(stops.len() as f64);
    let length = ((1.0 + rng.unit() * length_max).floor() as usize).min(stops.len());
    let mut kept = 0;
    if length > 1 && rng.chance(SPLIT_SHARE) {
        kept = 1;
        while length + kept < stops.len() && !rng.chance(SPLIT_DEPTH) {
            kept += 1;
        }
        kept = kept.min(stops.len() - length);
    }
    let at = stops.iter().position(|&stop| stop == place).unwrap_or(0);
    let span = length + kept;
    let (low, high) = ((at + 1).saturating_sub(span), at.min(stops.len() - span));
    let from = low + rng.below(high - low + 1);
    let kept_from = from + 1 + rng.below(length.max(2) - 1);
    let taken = (from..from + span).filter(move |at| !(kept_from..kept_from + kept).contains(at));
    taken.map(|at| stops[at])
}
