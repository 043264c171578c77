//! Fewer vehicles: takes a route apart and finds room for its requests elsewhere.
//!
//! Source: absences as in SISR's fleet minimisation; Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.

use super::grid::{TICKS_PER_UNIT, Ticks};
use super::search::Search;

/// The share of the budget by which the last route must have gone, at the latest.
const SHARE_MAX: f64 = 0.5;
/// The share of the budget that may pass without a route gone.
const SHARE_PATIENCE: f64 = 0.2;
/// The temperature for answers that leave equally many out, in the instance's unit of length.
const TEMPERATURE: f64 = 5.0;

/// Reduces the number of routes while the share of the budget for it lasts. The best answers are in `search.best`.
pub(super) fn reduce(search: &mut Search) {
    let mut missed = vec![0u64; search.grid.jobs.len()];
    loop {
        let complete = search.state.absent.is_empty();
        if complete && search.grid.objective == super::problem::Objective::Distance {
            return;
        }
        let mut vehicles = search.grid.vehicles;
        if complete {
            vehicles = search.state.vehicles() - 1;
            if vehicles == 0 {
                return;
            }
            take_apart(search, &missed);
        }
        let until = (search.budget.share() + SHARE_PATIENCE).min(SHARE_MAX);
        let until = if complete { until } else { 1.0 };
        if !squeeze(search, vehicles, until, &mut missed) {
            return;
        }
    }
}

/// Takes out the route whose requests were missed least.
fn take_apart(search: &mut Search, missed: &[u64]) {
    let state = &search.state;
    let hard = |slot: &usize| {
        let stops = state.routes[*slot].inner();
        (
            stops.iter().map(|&place| missed[search.grid.site(place).request as usize]).sum::<u64>(),
            stops.len(),
        )
    };
    let used = (0..state.routes.len()).filter(|&slot| !state.routes[slot].is_empty());
    let Some(slot) = used.min_by_key(hard) else { return };
    let mut requests: Vec<u32> =
        state.routes[slot].inner().iter().map(|&place| search.grid.site(place).request).collect();
    requests.sort_unstable();
    requests.dedup();
    search.state.remove(search.grid, &requests);
    search.state.commit();
}

/// Ruins and recreates until nobody is absent from `vehicles` routes. `false`: not in time.
fn squeeze(search: &mut Search, vehicles: usize, until: f64, missed: &mut [u64]) -> bool {
    let weight =
        |absent: &[u32], missed: &[u64]| absent.iter().map(|&request| missed[request as usize]).sum::<u64>();
    while search.budget.share() < until && !search.budget.is_over() {
        let before = (search.state.absent.clone(), search.state.distance);
        if search.attempt(vehicles).is_none() {
            return false;
        }
        let absent = &search.state.absent;
        let slack = -TEMPERATURE * TICKS_PER_UNIT * (1.0 - search.rng.unit()).ln();
        let lighter = weight(absent, missed) < weight(&before.0, missed) || absent.len() < before.0.len();
        let shorter = absent.len() == before.0.len() && search.state.distance < before.1 + slack as Ticks;
        absent.iter().for_each(|&request| missed[request as usize] += 1);
        if lighter || shorter {
            search.state.commit();
            if search.state.absent.is_empty() {
                search.keep();
                return true;
            }
        } else {
            search.state.rollback();
        }
    }
    false
}
