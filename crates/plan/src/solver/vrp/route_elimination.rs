//! Fewer vehicles: takes a route apart and finds room for its requests elsewhere.
//!
//! Ruin and recreate, judged by who is absent and how often each was before (Christiaens and Vanden Berghe,
//! Transportation Science 54(2), 2020), in turn with ejections: an absent request takes the place of those that were
//! missed least (guided ejection search; Nagata and Kobayashi, PPSN XI, 2010).

use super::grid::Ticks;
use super::insert;
use super::problem::Objective;
use super::route::{Position, SearchRoute};
use super::rules::SequenceRules;
use super::search::RouteSearch;

/// The share of the budget by which the last route must have gone, at the latest.
const SHARE_MAX: f64 = 0.5;
/// The share of the budget that may pass without a route gone.
const SHARE_PATIENCE: f64 = 0.2;
/// The temperature for answers that leave equally many out, in mean lengths of a leg.
const TEMPERATURE: f64 = 0.5;

/// Rounds of ruin and recreate for one ejection.
const ROUNDS_PER_EJECTION: u64 = 3;

/// Reduces the number of routes while the share of the budget for it lasts. The best answers are in `search.best`.
pub(super) fn eliminate_routes(search: &mut RouteSearch) {
    let mut missed = vec![0u64; search.instance.grid.jobs.len()];
    loop {
        let complete = search.state.absent.is_empty();
        if complete && search.instance.grid.objective == Objective::Distance {
            return;
        }
        let mut vehicles = search.instance.grid.vehicles;
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
fn take_apart(search: &mut RouteSearch, missed: &[u64]) {
    let state = &search.state;
    let hard = |slot: &usize| {
        let stops = state.routes[*slot].inner();
        (
            stops.iter().map(|&place| missed[search.instance.grid.site(place).request as usize]).sum::<u64>(),
            stops.len(),
        )
    };
    let used = (0..state.routes.len()).filter(|&slot| !state.routes[slot].is_empty());
    let Some(slot) = used.min_by_key(hard) else { return };
    let mut requests: Vec<u32> =
        state.routes[slot].inner().iter().map(|&place| search.instance.grid.site(place).request).collect();
    requests.sort_unstable();
    requests.dedup();
    search.state.remove(search.instance, &requests);
    search.state.commit();
}

/// Ruins and recreates until nobody is absent from `vehicles` routes. `false`: not in time.
fn squeeze(search: &mut RouteSearch, vehicles: usize, until: f64, missed: &mut [u64]) -> bool {
    let weight =
        |absent: &[u32], missed: &[u64]| absent.iter().map(|&request| missed[request as usize]).sum::<u64>();
    let leg = search.leg_mean();
    while search.budget.share() < until && !search.budget.is_over() {
        if search.counts.iterations.is_multiple_of(ROUNDS_PER_EJECTION) && !eject(search, missed) {
            return false;
        }
        let before = (search.state.absent.clone(), search.state.distance);
        if search.attempt(vehicles).is_none() {
            return false;
        }
        let absent = &search.state.absent;
        let slack = -TEMPERATURE * leg * (1.0 - search.rng.unit()).ln();
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

/// Who leaves which route, and where the absent request goes then.
struct Ejection {
    weight: u64,
    slot: usize,
    out: Vec<u32>,
    position: Position,
}

/// Gives the request that has been absent last a place, taking out one or two that were missed less often than all
/// others that would make room. `false`: the budget ended.
fn eject(search: &mut RouteSearch, missed: &mut [u64]) -> bool {
    let Some(&request) = search.state.absent.last() else { return true };
    missed[request as usize] += 1;
    let mut best: Option<Ejection> = None;
    for slot in 0..search.state.routes.len() {
        if !lightest(search, slot, request, missed, &mut best) {
            return false;
        }
    }
    if let Some(ejection) = best {
        search.state.absent.pop();
        search.state.remove(search.instance, &ejection.out);
        search.state.insert(search.instance, request, ejection.slot, ejection.position);
        search.state.commit();
        search.counts.ejections += ejection.out.len() as u64;
    }
    true
}

/// Improves `best` by ejections from one route; of equally light ones each is as likely to stay. `false`: the budget ended.
fn lightest(
    search: &mut RouteSearch,
    slot: usize,
    request: u32,
    missed: &[u64],
    best: &mut Option<Ejection>,
) -> bool {
    let instance = search.instance;
    let grid = &instance.grid;
    let route = &search.state.routes[slot];
    let own = route.inner().iter().map(|&place| (place, grid.site(place).request));
    let own: Vec<u32> = own
        .filter(|&(place, request)| grid.jobs[request as usize].pickup == place)
        .map(|(_, request)| request)
        .collect();
    let battery = matches!(instance.rules, SequenceRules::Battery(_));
    let mut rest = SearchRoute::default();
    // Spent for each that was weighed, not for all together: in a long route they are a thousand.
    let mut steps = 0;
    for (at, &first) in own.iter().enumerate() {
        for second in [None].into_iter().chain(own[at + 1..].iter().copied().map(Some)) {
            let out: [Option<u32>; 2] = [Some(first), second];
            let weight: u64 = out.iter().flatten().map(|&request| 1 + missed[request as usize]).sum();
            steps += 1;
            if best
                .as_ref()
                .is_some_and(|best| weight > best.weight || weight == best.weight && search.rng.chance(0.5))
            {
                continue;
            }
            let out: Vec<u32> = out.into_iter().flatten().collect();
            steps += route.inner().len() as u64;
            route.without(grid, &out, &mut rest);
            if battery && !insert::fits(grid, &rest, request, &mut steps) {
                continue;
            }
            if !search.budget.spend(std::mem::take(&mut steps)) {
                return false;
            }
            if !instance.judge(&mut rest) {
                continue;
            }
            let position = insert::best(instance, &rest, request, &mut steps, |_| true);
            if position.delta < Ticks::MAX {
                *best = Some(Ejection { weight, slot, out, position });
            }
        }
    }
    search.budget.spend(steps)
}
