//! From a snapshot to the problem, and from its solution to proposals: names become rows, and rows names again.

use super::legs::Place;
use super::problem::{Problem, Rider, Rules, Solution, Stop, Vehicle};
use super::schedule::Schedule;
use super::{Legs, PoolingSpec};
use crate::rows::{Party, Pool, Sharer};
use crate::{PolicySpec, Snapshot};
use paceline_model::{self as model, Instant, Millis, OrderIdx, StopKind, VehicleIdx};
use paceline_road::{Leg, RoadPoint};

/// Furthest back that a reading is believed to be the place from which a moving vehicle went on as planned.
const READING_AGE_MAX_MS: i64 = 120_000;
/// Price of leaving a promised or riding party out: above any sum of open ones.
pub(super) const PROMISED: i64 = 1_000_000_000_000;
/// Base price of leaving an open order for a later round, in milliseconds of delay: a day.
const OPEN: i64 = 86_400_000;

/// The places of a pool in the order of their numbers: vehicles first, then each party's pick-up and drop-off.
pub(super) fn places(pool: &Pool) -> (Vec<RoadPoint>, Vec<RoadPoint>) {
    let ends = |party: &Party| [party.demand.pickup, party.dropoff];
    (pool.vehicles.iter().map(start).collect(), pool.parties.iter().flat_map(ends).collect())
}

/// Where a vehicle sets out from; one that stands at a pick-up may not have said so yet.
fn start(sharer: &Sharer) -> RoadPoint {
    sharer.supply.place
}

/// The problem of a snapshot's pool.
pub(super) fn problem(snapshot: &Snapshot, pool: &Pool, policy: &PolicySpec, spec: &PoolingSpec) -> Problem {
    let round = Round { snapshot, pool, policy, spec };
    Problem {
        vehicles: (0..).zip(&pool.vehicles).map(|(row, sharer)| round.vehicle(row, sharer)).collect(),
        riders: (0..).zip(&pool.parties).map(|(row, party)| round.rider(row, party)).collect(),
        rules: Rules {
            pickup_dwell: spec.pickup_dwell,
            dropoff_dwell: spec.dropoff_dwell,
            drive_price: i64::from(spec.drive_percent) * 10,
            delay_price: 1_000,
        },
    }
}

/// Present routes that run late stay as late as they are: no promise is broken twice, and none later.
pub(super) fn forgive(problem: &mut Problem, legs: &impl Legs) {
    for vehicle in 0..problem.vehicles.len() {
        let stops = problem.vehicles[vehicle].route.clone();
        let schedule = Schedule::lenient(problem, legs, vehicle as u32, stops);
        for (stop, &arrive) in schedule.stops.iter().zip(&schedule.arrive) {
            let rider = &mut problem.riders[stop.rider as usize];
            match stop.kind {
                StopKind::PickUp => rider.pickup_by = rider.pickup_by.max(arrive),
                StopKind::DropOff => rider.dropoff_by = rider.dropoff_by.max(arrive),
            }
        }
    }
}

/// The stops of a route with their promises. A promise may be tightened and is never loosened.
pub(super) fn named(
    pool: &Pool,
    spec: &PoolingSpec,
    at: Instant,
    schedule: &Schedule,
) -> Vec<model::Stop<OrderIdx>> {
    let stop = |(stop, &arrive): (&Stop, &i64)| {
        let party = &pool.parties[stop.rider as usize];
        let promised = promised(pool, party, stop.kind);
        let due = promised.unwrap_or_else(|| own_due(party, stop.kind, spec));
        let due = match (stop.kind, spec.promise_slack) {
            (StopKind::PickUp, Some(slack)) => due.min(moment(at, arrive) + slack),
            _ => due,
        };
        model::Stop { order: party.demand.idx, kind: stop.kind, due }
    };
    schedule.stops.iter().zip(&schedule.arrive).map(stop).collect()
}

fn moment(at: Instant, ms: i64) -> Instant {
    Instant(at.0.saturating_add_signed(ms))
}

/// What the vehicle that has the party promised for a stop.
fn promised(pool: &Pool, party: &Party, kind: StopKind) -> Option<Instant> {
    let holder = sharer(pool, party.vehicle?)?;
    pool.vehicles[holder as usize].route.due(&party.demand.idx, kind)
}

fn sharer(pool: &Pool, vehicle: VehicleIdx) -> Option<u32> {
    pool.vehicles.binary_search_by_key(&vehicle, |sharer| sharer.supply.idx).ok().map(|row| row as u32)
}

fn party(pool: &Pool, order: OrderIdx) -> Option<u32> {
    pool.parties.binary_search_by_key(&order, |party| party.demand.idx).ok().map(|row| row as u32)
}

/// A solution's rows for the named stops of a plan; `None` for a name that the pool does not have.
pub(super) fn rows(pool: &Pool, routes: &[crate::RouteAssignment]) -> Option<Vec<(u32, Vec<Stop>)>> {
    let stop = |stop: &model::Stop<OrderIdx>| Some(Stop { rider: party(pool, stop.order)?, kind: stop.kind });
    let route = |route: &crate::RouteAssignment| {
        Some((sharer(pool, route.vehicle)?, route.stops.iter().map(stop).collect::<Option<_>>()?))
    };
    routes.iter().map(route).collect()
}

/// The rows of a solution whose route is not the present one.
pub(super) fn changed(problem: &Problem, solution: &Solution) -> Vec<u32> {
    let differs = |&row: &u32| problem.vehicles[row as usize].route != solution.routes[row as usize];
    (0..problem.vehicles.len() as u32).filter(differs).collect()
}

/// The latest that a party may be picked up or dropped off before it has a promise.
fn own_due(party: &Party, kind: StopKind, spec: &PoolingSpec) -> Instant {
    let since = party.demand.since.max(party.demand.spec.earliest_pickup);
    match kind {
        StopKind::PickUp => party.latest_pickup,
        StopKind::DropOff => (since + spec.delay_max).max(party.latest_pickup) + party.demand.ride.time,
    }
}

struct Round<'a> {
    snapshot: &'a Snapshot,
    pool: &'a Pool,
    policy: &'a PolicySpec,
    spec: &'a PoolingSpec,
}

impl Round<'_> {
    fn ms(&self, moment: Instant) -> i64 {
        let at = self.snapshot.at;
        if moment >= at { i64::from(moment.since(at).0) } else { -i64::from(at.since(moment).0) }
    }

    fn vehicle(&self, row: u32, sharer: &Sharer) -> Vehicle {
        let fixed = usize::from(sharer.route.arrived());
        let stops = sharer.route.stops().iter();
        let known = stops.filter_map(|stop| Some((party(self.pool, stop.order)?, stop.kind)));
        let route: Vec<Stop> = known.map(|(rider, kind)| Stop { rider, kind }).collect();
        let is_aboard = |order: &&OrderIdx| sharer.route.is_aboard(order);
        let aboard = sharer.route.orders().filter(is_aboard).filter_map(|&order| party(self.pool, order));
        Vehicle {
            place: self.set_out(row, &route, fixed),
            ready: self.ready(sharer, fixed),
            seats: sharer.supply.spec.seats,
            aboard: aboard.collect(),
            fixed,
            energy: sharer.supply.energy.saturating_sub(self.snapshot.reserve),
            uses: self.snapshot.uses(&sharer.supply),
            route,
        }
    }

    /// A vehicle that stands at a pick-up is there, whatever its last reading says.
    fn set_out(&self, row: u32, route: &[Stop], fixed: usize) -> Place {
        match route.first().filter(|_| fixed > 0) {
            Some(stop) => self.pickup(stop.rider),
            None => Place(row),
        }
    }

    /// A moving vehicle was where it said when it said so, and has gone on as planned since.
    fn ready(&self, sharer: &Sharer, fixed: usize) -> i64 {
        if sharer.route.is_empty() {
            0
        } else if fixed > 0 {
            self.ms(sharer.since).max(-i64::from(self.spec.pickup_dwell.0)).min(0)
        } else {
            self.ms(sharer.supply.reading.at.max(sharer.since)).clamp(-READING_AGE_MAX_MS, 0)
        }
    }

    fn pickup(&self, rider: u32) -> Place {
        Place(self.pool.vehicles.len() as u32 + 2 * rider)
    }

    fn rider(&self, row: u32, party: &Party) -> Rider {
        let demand = &party.demand;
        let due = |kind| {
            let promised = promised(self.pool, party, kind);
            self.ms(promised.unwrap_or_else(|| own_due(party, kind, self.spec)))
        };
        let open = OPEN / 100 * self.policy.urgency_percent(demand);
        Rider {
            pickup: self.pickup(row),
            dropoff: Place(self.pickup(row).0 + 1),
            party: demand.spec.party,
            since: self.ms(demand.since.max(demand.spec.earliest_pickup)),
            earliest: self.ms(demand.spec.earliest_pickup),
            pickup_by: due(StopKind::PickUp),
            dropoff_by: due(StopKind::DropOff),
            ride: demand.ride,
            onward: if demand.onward.is_reachable() { demand.onward } else { Leg::default() },
            unserved: if party.vehicle.is_some() { PROMISED } else { open },
            barred: self.barred(party),
        }
    }

    /// Vehicles that lack something the order asks for, said no before, or stand outside its area or the policy's.
    fn barred(&self, party: &Party) -> Vec<u32> {
        let (spec, declined) = (&party.demand.spec, &party.demand.declined);
        if spec.attributes.is_empty()
            && declined.is_empty()
            && spec.geofence.is_none()
            && self.policy.geofence.is_none()
        {
            return Vec::new();
        }
        let inside = |area: &Option<model::GeofenceId>, sharer: &Sharer| {
            let Some(id) = area else { return true };
            let known = self.snapshot.geofences.iter().find(|known| known.id() == id);
            known.is_some_and(|known| known.contains(sharer.supply.reading.position))
        };
        let may = |sharer: &Sharer| {
            let own = party.vehicle == Some(sharer.supply.idx);
            own || (spec.attributes.is_subset(&sharer.supply.spec.attributes)
                && !declined.contains(&sharer.supply.idx)
                && inside(&spec.geofence, sharer)
                && inside(&self.policy.geofence, sharer))
        };
        (0..).zip(&self.pool.vehicles).filter(|(_, sharer)| !may(sharer)).map(|(row, _)| row).collect()
    }
}

/// A span of the round as the model writes it; nothing before now.
pub(super) fn span(ms: i64) -> Millis {
    Millis(u32::try_from(ms.max(0)).unwrap_or(u32::MAX))
}
