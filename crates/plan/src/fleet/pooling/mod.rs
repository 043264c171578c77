//! Shared rides: which vehicle takes which riders on which route, so that nobody waits or is delayed too long.
//! See the README beside this file.

mod check;
mod explain;
mod fleet;
mod greedy;
mod improve;
mod insert;
mod legs;
mod problem;
mod report;
mod round;
mod schedule;
mod solve;
mod trips;

pub use crate::policy::{PoolingLevel, PoolingSpec};
pub use check::{Fault, Note, check};
pub use insert::{Insertion, cheapest, inserted};
pub use legs::{Legs, Place, Table};
pub use problem::{Problem, Rider, Rules, Solution, Stop, Vehicle};
pub use report::Report;
pub use schedule::{Broken, Schedule};
pub use solve::{Solved, solve};

use crate::rows::Pool;
use crate::{Budget, PolicySpec, RouteAssignment, Snapshot};
use explain::Taken;
use legs::{RoadLegs, SearchedLegs};
use paceline_model::{OrderIdx, StopKind, Weighing};
use paceline_road::{Roads, Search};

/// A round's proposals.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// New routes, by vehicle.
    pub routes: Vec<RouteAssignment>,
    /// What was found for open orders that stay open.
    pub undispatched: Vec<(OrderIdx, Weighing)>,
    /// What happened.
    pub report: Report,
}

/// Plans the shared rides of a snapshot that has a pool.
pub fn share(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    spec: &PoolingSpec,
    budget: &mut Budget,
) -> Shared {
    let Some(pool) = snapshot.pool.as_ref().filter(|pool| !pool.vehicles.is_empty()) else {
        return Shared::default();
    };
    let (starts, stops) = round::places(pool);
    let (legs, missing) = RoadLegs::new(roads, search, &starts, &stops, budget);
    let mut problem = round::problem(snapshot, pool, policy, spec);
    round::forgive(&mut problem, &legs);
    let mut solved = solve(&problem, &legs, spec.level, snapshot.version.0, budget);
    if missing > 0 {
        solved.report.ran_short(format!("the budget ended before {missing} stops had their travel times"));
    }
    propose(snapshot, pool, spec, &problem, &legs, solved)
}

fn propose(
    snapshot: &Snapshot,
    pool: &Pool,
    spec: &PoolingSpec,
    problem: &Problem,
    legs: &impl Legs,
    solved: Solved,
) -> Shared {
    let before = problem.holders();
    let mut shared = Shared { report: solved.report, ..Shared::default() };
    let mut after = vec![false; problem.riders.len()];
    let changed = round::changed(problem, &solved.solution);
    let weigh = |rider: u32, taken: Option<Taken>| {
        let offers = solved.offers.get(&rider).map_or(&[][..], Vec::as_slice);
        explain::weigh(snapshot, pool, offers, taken)
    };
    let idx = |rider: u32| pool.parties[rider as usize].demand.idx;
    for vehicle in changed {
        let stops = solved.solution.routes[vehicle as usize].clone();
        let schedule = Schedule::lenient(problem, legs, vehicle, stops);
        let mut gained = Vec::new();
        for (stop, &picked_up) in schedule.stops.iter().zip(&schedule.arrive) {
            if stop.kind == StopKind::PickUp {
                after[stop.rider as usize] = true;
                if before[stop.rider as usize] != Some(vehicle) {
                    let delay = schedule.delay_of(problem, stop.rider);
                    let taken = Taken { vehicle, picked_up, delay };
                    gained.push((idx(stop.rider), weigh(stop.rider, Some(taken))));
                }
            }
        }
        shared.routes.push(RouteAssignment {
            vehicle: pool.vehicles[vehicle as usize].supply.idx,
            stops: round::named(pool, spec, snapshot.at, &schedule),
            gained,
        });
    }
    let weighed = solved.offers.iter().filter(|(_, offers)| !offers.is_empty()).map(|(&rider, _)| rider);
    let open = weighed.filter(|&rider| before[rider as usize].is_none() && !after[rider as usize]);
    shared.undispatched = open.map(|rider| (idx(rider), weigh(rider, None))).collect();
    shared
}

/// Checks proposed routes with drives searched anew. Empty if all rules are kept.
pub fn check_shared(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    policy: &PolicySpec,
    routes: &[RouteAssignment],
) -> Vec<Note> {
    let (Some(pool), Some(spec)) = (&snapshot.pool, policy.shared()) else { return Vec::new() };
    let (starts, stops) = round::places(pool);
    let mut problem = round::problem(snapshot, pool, policy, spec);
    {
        let (legs, _) = RoadLegs::new(roads, search, &starts, &stops, &mut Budget::unlimited());
        round::forgive(&mut problem, &legs);
    }
    let Some(rows) = round::rows(pool, routes) else {
        return vec![Note { vehicle: 0, fault: Fault::Broken }];
    };
    let mut solution = problem.present();
    let vehicles: Vec<u32> = rows.iter().map(|(vehicle, _)| *vehicle).collect();
    for (vehicle, stops) in rows {
        solution.routes[vehicle as usize] = stops;
    }
    let places = starts.into_iter().chain(stops).collect();
    check(&problem, &SearchedLegs::new(roads, search, places), &solution, &vehicles)
}
