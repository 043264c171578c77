//! No tours can be worth more than this: the gap of a plan is stated against it.

use super::problem::{Site, SiteIdx, TourProblem, Van};
use paceline_model::Millis;

/// Halvings of the interval in which the price of a bike is looked for.
const HALVINGS: usize = 40;
/// What a bike can be worth at most, in rides.
const BIKE_MAX: f64 = 64.0;

/// An upper bound of what any plan is worth: how tours run is relaxed to how many stops all vans together can make, each by its shortest
/// leg, and that no more bikes are brought than are aboard or taken to one price for a bike (a Lagrangian relaxation), the best of which
/// is searched for. Changes of what crews have been told cost nothing here.
pub fn bound(problem: &TourProblem) -> f64 {
    let legs: Vec<Millis> = (0..problem.sites.len()).map(|site| leg_min(problem, site)).collect();
    let leg = legs.iter().copied().min().unwrap_or_default();
    let stops: usize = problem.vans.iter().map(|van| stops_max(problem, van, leg)).sum();
    let aboard: f64 = problem.vans.iter().map(|van| f64::from(van.load)).sum();
    let soonest = problem.vans.iter().map(|van| van.free_in).min().unwrap_or_default();
    let dual = |price: f64| {
        let mut worth: Vec<f64> = (problem.sites.iter().zip(&legs))
            .map(|(site, &leg)| {
                let driving = problem.prices.hour * leg.as_secs_f64() / 3_600.0;
                let best = best_of(site, soonest.saturating_add(leg), problem.horizon, price);
                best - driving - problem.prices.stop
            })
            .filter(|worth| *worth > 0.0)
            .collect();
        worth.sort_unstable_by(|one, other| other.total_cmp(one));
        price * aboard + worth.iter().take(stops).sum::<f64>()
    };
    lowest(dual)
}

/// The lowest value of a convex function between nothing and [`BIKE_MAX`]; each value that it takes is a bound.
fn lowest(dual: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, BIKE_MAX);
    let mut best = dual(low);
    for _ in 0..HALVINGS {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        let (at_left, at_right) = (dual(left), dual(right));
        best = best.min(at_left).min(at_right);
        if at_left < at_right { high = right } else { low = left }
    }
    best
}

/// The best that can be done at a site between `from` and `until`, if a bike costs `price` to bring and brings as much when it is taken.
fn best_of(site: &Site, from: Millis, until: Millis, price: f64) -> f64 {
    let take_max = f64::from(site.gains.take_max());
    let errand = site.errand.map_or(0.0, |errand| errand.rides.max(0.0));
    let slots = site.gains.slots_between(from, until);
    let changes = slots.flat_map(|rides| rides.iter().enumerate());
    let worth = changes.map(|(column, &rides)| rides - price * (column as f64 - take_max));
    worth.fold(f64::NEG_INFINITY, f64::max) + errand
}

/// The shortest leg that ends at a site.
fn leg_min(problem: &TourProblem, site: SiteIdx) -> Millis {
    let others = problem.sites.iter().enumerate().filter(|(other, _)| *other != site);
    let froms = problem.vans.iter().map(|van| van.place).chain(others.map(|(_, other)| other.place));
    froms.map(|from| problem.times.get(from, problem.sites[site].place)).min().unwrap_or_default()
}

/// Stops that a van can make at most if no leg is shorter than `leg`.
fn stops_max(problem: &TourProblem, van: &Van, leg: Millis) -> usize {
    let until = problem.horizon.min(van.shift_ends_in);
    let Some(open) = until.0.checked_sub(van.free_in.0) else { return 0 };
    let each = leg.saturating_add(van.handling.stop).0;
    open.checked_div(each).map_or(problem.sites.len(), |more| 1 + more as usize)
}
