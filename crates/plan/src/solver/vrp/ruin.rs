//! Ruin: takes strings of neighbouring stops out of neighbouring routes; how many and which, says [`StringRuin`].

use super::rules::Instance;
use super::state::SearchState;
use crate::rng::Rng;
use crate::solver::strings::StringRuin;

/// Stops that an iteration takes out on average, before the other ends of their requests follow.
const STOPS_MEAN: f64 = 10.0;

/// Takes requests out around a place drawn at random. Leaves them on `state.absent`.
pub(super) fn ruin(instance: &Instance, state: &mut SearchState, rng: &mut Rng) {
    let grid = &instance.grid;
    let served = state.routes.iter().map(|route| route.inner().len()).sum::<usize>();
    if served == 0 {
        return;
    }
    let draw = StringRuin::draw(STOPS_MEAN, served, state.vehicles(), rng);
    let mut ruined: Vec<usize> = Vec::with_capacity(draw.strings);
    let mut requests: Vec<u32> = Vec::new();
    let seed = 1 + rng.below(grid.sites.len() - 1) as u32;
    for place in [seed].iter().chain(grid.near(seed)) {
        if ruined.len() >= draw.strings {
            break;
        }
        let Some(slot) = state.slot_of(*place) else { continue };
        if !ruined.contains(&slot) {
            ruined.push(slot);
            let stops = state.routes[slot].inner();
            let at = stops.iter().position(|stop| stop == place).unwrap_or(0);
            requests.extend(draw.string(at, stops.len(), rng).map(|at| grid.site(stops[at]).request));
        }
    }
    requests.sort_unstable();
    requests.dedup();
    state.remove(instance, &requests);
}
