//! From sequences to an answer with times, in the instance's own units.

use super::charges::{Charged, charges};
use super::grid::{DEPOT, Grid, TICKS_PER_UNIT, Ticks};
use super::problem::{VrpProblem, VrpRoute, VrpSolution, VrpStop};
use super::rules::{Instance, SequenceRules};
use super::state::Sequences;

/// States when everything begins, so that the answer can be checked without solving anything.
pub(super) fn schedule(problem: &VrpProblem, instance: &Instance, answer: &Sequences) -> VrpSolution {
    let mut solution = VrpSolution::default();
    for inner in &answer.routes {
        let stops: Vec<u32> = [DEPOT].iter().chain(inner).chain(&[DEPOT]).copied().collect();
        solution.routes.push(route(problem, instance, &stops));
    }
    // The order of slots is an accident; the first place served is not.
    solution.routes.sort_by_key(|route| route.stops[0].place);
    solution.unserved = answer.absent.iter().map(|&request| request as usize).collect();
    solution.unserved.sort_unstable();
    solution
}

fn route(problem: &VrpProblem, instance: &Instance, stops: &[u32]) -> VrpRoute {
    let grid = &instance.grid;
    let plain = |begin: Vec<Ticks>| {
        let leave = begin[0].max(begin[1] - grid.time(DEPOT, stops[1]));
        let inner = 1..stops.len() - 1;
        let stop = |at: usize| VrpStop { place: stops[at] as usize, begin: units(begin[at]), charge: 0.0 };
        VrpRoute { leave: units(leave), stops: inner.map(stop).collect() }
    };
    match &instance.rules {
        SequenceRules::Plain => plain(earliest(grid, stops)),
        SequenceRules::Rides(limits) => {
            plain(limits.schedule(grid, stops).expect("the search keeps only sequences with a schedule"))
        }
        SequenceRules::Battery(stations) => {
            let charged =
                charges(stations, grid, stops).expect("the search keeps only sequences that can be driven");
            electric(problem, &charged)
        }
    }
}

fn units(ticks: Ticks) -> f64 {
    ticks as f64 / TICKS_PER_UNIT
}

/// Every stop as early as can be.
fn earliest(grid: &Grid, stops: &[u32]) -> Vec<Ticks> {
    let mut begin = vec![grid.site(DEPOT).earliest];
    for leg in stops.windows(2) {
        let there = begin[begin.len() - 1] + grid.time(leg[0], leg[1]);
        begin.push(there.max(grid.site(leg[1]).earliest));
    }
    begin
}

/// Every stop as early as can be, given what is charged. The search rounds usage up, so the battery may be full a
/// little before the time that it set aside is over.
fn electric(problem: &VrpProblem, charged: &[Charged]) -> VrpRoute {
    let Some(energy) = &problem.energy else { return VrpRoute { leave: 0.0, stops: Vec::new() } };
    let depot = &problem.places[0];
    let (mut point, mut free, mut used) = (depot.point, depot.window.earliest + depot.service, 0.0);
    let mut stops = Vec::with_capacity(charged.len());
    for stop in charged {
        let Some(place) = problem.place(stop.place) else { continue };
        let distance = point.distance(place.point);
        used += distance * energy.per_distance;
        let begin = (free + distance / problem.fleet.speed).max(place.window.earliest);
        let charge = (units(stop.charge) / energy.charge_time).min(used);
        used -= charge;
        free = begin + place.service + charge * energy.charge_time;
        point = place.point;
        stops.push(VrpStop { place: stop.place, begin, charge });
    }
    VrpRoute { leave: depot.window.earliest, stops }
}
