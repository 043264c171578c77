//! Does an answer keep the rules? Written from the rules and not from the solver: it walks each route with the times
//! and charges that the answer states, in floating point and in the instance's own units.
//! Runs in tests, on every answer that `paceline solve` prints, and on every answer of the peers in `bench/kernel`.

use super::problem::{Place, VrpProblem, VrpRoute, VrpSolution, VrpStop};

/// Rounding that is forgiven, in the instance's units. The solver rounds times up to a ten-thousandth, so its own
/// answers need far less; published answers are printed with two digits.
const TOLERANCE: f64 = 1e-6;

/// A rule that an answer breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VrpViolation {
    /// More routes than vehicles.
    #[error("{routes} routes for {vehicles} vehicles")]
    Vehicles {
        /// Routes in the answer.
        routes: usize,
        /// Vehicles in the fleet.
        vehicles: usize,
    },
    /// A place or station that the problem does not have, or the depot in the midst of a route.
    #[error("route {route} stops at {place}, where nothing is to be done")]
    Place {
        /// Which route.
        route: usize,
        /// The stop's index.
        place: usize,
    },
    /// A request is neither served in full by one route nor listed as unserved, or it is both.
    #[error("request {request} is served {times} times")]
    Served {
        /// Which request.
        request: usize,
        /// How often.
        times: usize,
    },
    /// A delivery stands before its pick-up, or in another route.
    #[error("route {route} delivers request {request} without having picked it up")]
    Order {
        /// Which route.
        route: usize,
        /// Which request.
        request: usize,
    },
    /// Something measured exceeds its limit.
    #[error("route {route} at {place}: {rule} is {value}, the limit is {limit}")]
    Limit {
        /// Which route.
        route: usize,
        /// The place's name.
        place: String,
        /// Which rule.
        rule: VrpRule,
        /// What it is, in text so that violations can be compared.
        value: String,
        /// What it may be.
        limit: String,
    },
}

/// The rules with a number in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VrpRule {
    /// Service begins before the vehicle can be there.
    #[error("the earliest possible begin")]
    Travel,
    /// Service begins before the window opens.
    #[error("the opening of the window")]
    Early,
    /// Service begins after the window closes.
    #[error("the begin of service")]
    Late,
    /// More aboard than there is room for, or less than nothing.
    #[error("the load")]
    Load,
    /// A rider is aboard for too long.
    #[error("the ride time")]
    Ride,
    /// The vehicle is out for too long.
    #[error("the time out")]
    Duration,
    /// The battery is empty before the stop.
    #[error("the energy used since the last charge")]
    Empty,
    /// The battery is charged beyond full, by a negative amount, or where there is no station.
    #[error("the charge")]
    Charge,
}

/// All that is wrong; empty for a sound answer.
///
/// Time: stops x requests, as its plainest form costs.
pub fn check(problem: &VrpProblem, solution: &VrpSolution) -> Vec<VrpViolation> {
    let mut violations = Vec::new();
    let (routes, vehicles) = (solution.routes.len(), problem.fleet.vehicles);
    if routes > vehicles {
        violations.push(VrpViolation::Vehicles { routes, vehicles });
    }
    let mut times = vec![0; problem.requests.len()];
    for &request in &solution.unserved {
        match times.get_mut(request) {
            Some(times) => *times += 1,
            None => violations.push(VrpViolation::Served { request, times: 0 }),
        }
    }
    for (index, route) in solution.routes.iter().enumerate() {
        served(problem, index, route, &mut times, &mut violations);
        if violations
            .iter()
            .all(|violation| !matches!(violation, VrpViolation::Place { route, .. } if *route == index))
        {
            Walk::new(problem, index, route, &mut violations).go();
        }
    }
    for (request, &times) in times.iter().enumerate() {
        if times != 1 {
            violations.push(VrpViolation::Served { request, times });
        }
    }
    violations
}

/// Counts the requests that a route serves in full, and reports stops that make no sense.
fn served(
    problem: &VrpProblem,
    index: usize,
    route: &VrpRoute,
    times: &mut [usize],
    violations: &mut Vec<VrpViolation>,
) {
    for stop in &route.stops {
        if stop.place == 0 || problem.place(stop.place).is_none() {
            violations.push(VrpViolation::Place { route: index, place: stop.place });
        }
    }
    let first = |place| route.stops.iter().position(|stop| stop.place == place);
    let count = |place| route.stops.iter().filter(|stop| stop.place == place).count();
    for (request, ends) in problem.requests.iter().enumerate() {
        times[request] += count(ends.pickup);
        let Some(delivery) = ends.delivery else { continue };
        let (picked, delivered) = (first(ends.pickup), first(delivery));
        if count(ends.pickup) != count(delivery) || picked > delivered {
            violations.push(VrpViolation::Order { route: index, request });
        }
    }
}

/// One vehicle on its way.
struct Walk<'a> {
    problem: &'a VrpProblem,
    index: usize,
    route: &'a VrpRoute,
    violations: &'a mut Vec<VrpViolation>,
    load: f64,
    energy_used: f64,
}

impl<'a> Walk<'a> {
    fn new(
        problem: &'a VrpProblem,
        index: usize,
        route: &'a VrpRoute,
        violations: &'a mut Vec<VrpViolation>,
    ) -> Self {
        Self { problem, index, route, violations, load: 0.0, energy_used: 0.0 }
    }

    fn go(mut self) {
        let depot = &self.problem.places[0];
        if self.route.leave < depot.window.earliest - TOLERANCE {
            self.report(0, VrpRule::Early, self.route.leave, depot.window.earliest);
        }
        let mut at = 0;
        let mut free = self.route.leave + depot.service;
        for stop in &self.route.stops {
            free = self.stop(at, free, stop);
            at = stop.place;
        }
        self.back(at, free);
        self.rides();
    }

    /// Drives to a stop and serves it; says when the vehicle is free again.
    fn stop(&mut self, from: usize, free: f64, stop: &VrpStop) -> f64 {
        let arrival = self.drive(from, free, stop.place);
        let place = self.place(stop.place);
        let (window, service, load) = (place.window, place.service, place.load);
        if stop.begin < arrival - TOLERANCE {
            self.report(stop.place, VrpRule::Travel, stop.begin, arrival);
        }
        if stop.begin < window.earliest - TOLERANCE {
            self.report(stop.place, VrpRule::Early, stop.begin, window.earliest);
        }
        self.at_most(stop.place, VrpRule::Late, stop.begin, window.latest);
        self.load += load;
        self.at_most(stop.place, VrpRule::Load, self.load, self.problem.fleet.capacity);
        self.at_most(stop.place, VrpRule::Load, -self.load, 0.0);
        stop.begin + service + self.charge(stop)
    }

    fn back(&mut self, from: usize, free: f64) {
        let home = self.drive(from, free, 0);
        self.at_most(0, VrpRule::Late, home, self.problem.places[0].window.latest);
        if let Some(duration_max) = self.problem.fleet.duration_max {
            self.at_most(0, VrpRule::Duration, home - self.route.leave, duration_max);
        }
    }

    /// Uses energy; says when the vehicle is there.
    fn drive(&mut self, from: usize, free: f64, to: usize) -> f64 {
        let distance = self.place(from).point.distance(self.place(to).point);
        if let Some(energy) = &self.problem.energy {
            self.energy_used += distance * energy.per_distance;
            self.at_most(to, VrpRule::Empty, self.energy_used, energy.capacity);
        }
        free + distance / self.problem.fleet.speed
    }

    /// Takes on energy; says how long that takes.
    fn charge(&mut self, stop: &VrpStop) -> f64 {
        let is_station = stop.place >= self.problem.places.len();
        let limit = if is_station { self.energy_used } else { 0.0 };
        self.at_most(stop.place, VrpRule::Charge, stop.charge, limit);
        self.at_most(stop.place, VrpRule::Charge, -stop.charge, 0.0);
        self.energy_used -= stop.charge;
        self.problem.energy.as_ref().map_or(0.0, |energy| stop.charge * energy.charge_time)
    }

    fn rides(&mut self) {
        let Some(ride_max) = self.problem.ride_max else { return };
        let begin = |place| self.route.stops.iter().find(|stop| stop.place == place).map(|stop| stop.begin);
        let rides: Vec<(usize, f64)> = (self.problem.requests.iter())
            .filter_map(|request| {
                let delivery = request.delivery?;
                let free = begin(request.pickup)? + self.problem.places[request.pickup].service;
                Some((delivery, begin(delivery)? - free))
            })
            .collect();
        for (delivery, ride) in rides {
            self.at_most(delivery, VrpRule::Ride, ride, ride_max);
        }
    }

    fn place(&self, at: usize) -> &'a Place {
        self.problem.place(at).expect("stops were looked up before the walk")
    }
    fn at_most(&mut self, place: usize, rule: VrpRule, value: f64, limit: f64) {
        if value.is_nan() || value > limit + TOLERANCE {
            self.report(place, rule, value, limit);
        }
    }
    fn report(&mut self, place: usize, rule: VrpRule, value: f64, limit: f64) {
        let place = self.place(place).name.clone();
        let (value, limit) = (value.to_string(), limit.to_string());
        self.violations.push(VrpViolation::Limit { route: self.index, place, rule, value, limit });
    }
}
