//! When a vehicle is where on its route, and how much later it could be: what makes an insertion's test constant-time.
//!
//! `slack[i]` is how much later the vehicle may arrive at stop i so that it is still in time there and everywhere after,
//! waiting at later stops taken into account. Source: Tong, Zeng, Zhou, Chen, Ye, Xu, "A Unified Approach to Route
//! Planning for Shared Mobility", PVLDB 11(11), 2018; forward slack after Savelsbergh, ORSA J. Computing 4(2), 1992.

use super::legs::Legs;
use super::problem::{Problem, Stop};
use paceline_model::StopKind;
use paceline_road::Leg;

/// A route with its times. Index i is the stop's place in the route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The stops.
    pub stops: Vec<Stop>,
    /// The drive to it, from the stop before or from where the vehicle is.
    pub legs: Vec<Leg>,
    /// When it arrives.
    pub arrive: Vec<i64>,
    /// When it drives on.
    pub depart: Vec<i64>,
    /// How much later it may arrive.
    pub slack: Vec<i64>,
    /// Riders in the vehicle after the stop.
    pub load: Vec<u8>,
    /// Parties that get out at this stop or later.
    pub leaving: Vec<u32>,
    /// Riders in the vehicle at the start.
    pub load_at_start: u8,
    /// All driving.
    pub drive: Leg,
    /// What it costs: driving and delays by the rules' prices.
    pub cost: i64,
}

/// Why a route cannot be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A stop would come too late, or there is no way to it.
    Late,
    /// More riders than seats.
    Seats,
    /// The battery does not last to a charger with reserve.
    Range,
}

impl Schedule {
    /// The times of `stops` for a vehicle. Errors: the first rule that it breaks.
    pub fn new(problem: &Problem, legs: &impl Legs, vehicle: u32, stops: Vec<Stop>) -> Result<Self, Broken> {
        let schedule = Self::lenient(problem, legs, vehicle, stops);
        if !schedule.drive.is_reachable() || schedule.slack.iter().any(|&slack| slack < 0) {
            return Err(Broken::Late);
        }
        let seats = problem.vehicles[vehicle as usize].seats;
        if schedule.load.iter().any(|&load| load > seats) {
            return Err(Broken::Seats);
        }
        let last = schedule.stops.last().map(|stop| stop.rider);
        if !has_energy(problem, vehicle, schedule.drive, last) {
            return Err(Broken::Range);
        }
        Ok(schedule)
    }

    /// The times of `stops` whatever rules they break. Slack is negative where a stop comes too late.
    pub fn lenient(problem: &Problem, legs: &impl Legs, vehicle: u32, stops: Vec<Stop>) -> Self {
        let known = &problem.vehicles[vehicle as usize];
        let seats_of = |rider: u32| problem.riders[rider as usize].party;
        let load_at_start = known.aboard.iter().fold(0_u8, |sum, &rider| sum.saturating_add(seats_of(rider)));
        let mut schedule = Self { load_at_start, ..Self::default() };
        let (mut place, mut time, mut load) = (known.place, known.ready, load_at_start);
        for &stop in &stops {
            let leg = legs.leg(place, problem.place(stop));
            schedule.drive = schedule.drive.then(leg);
            schedule.legs.push(leg);
            place = problem.place(stop);
            let arrive = time + i64::from(leg.time.0);
            let rider = &problem.riders[stop.rider as usize];
            load = match stop.kind {
                StopKind::PickUp => load.saturating_add(rider.party),
                StopKind::DropOff => load.saturating_sub(rider.party),
            };
            if stop.kind == StopKind::DropOff {
                schedule.cost += problem.delay_cost(stop.rider, arrive);
            }
            // Nothing that is still to be done can have been done before now.
            time = arrive.max(problem.window(stop).0).saturating_add(problem.dwell(stop)).max(0);
            schedule.arrive.push(arrive);
            schedule.depart.push(time);
            schedule.load.push(load);
        }
        schedule.cost += problem.drive_cost(schedule.drive);
        schedule.stops = stops;
        schedule.look_back(problem);
        schedule
    }

    /// Slack and parties leaving, from the end.
    fn look_back(&mut self, problem: &Problem) {
        let count = self.stops.len();
        (self.slack, self.leaving) = (vec![i64::MAX / 4; count], vec![0; count]);
        let (mut after, mut leaving) = (i64::MAX / 4, 0);
        for (i, &stop) in self.stops.iter().enumerate().rev() {
            let by = problem.window(stop).1;
            after = (by - self.arrive[i]).min(after.saturating_add(self.idle(problem, i)));
            leaving += u32::from(stop.kind == StopKind::DropOff);
            (self.slack[i], self.leaving[i]) = (after, leaving);
        }
    }

    /// What a party's arrival costs, if it is on the route.
    pub(super) fn delay_of(&self, problem: &Problem, rider: u32) -> i64 {
        let home = self.stops.iter().position(|stop| *stop == Stop::drop_off(rider));
        home.map_or(0, |place| problem.delay_cost(rider, self.arrive[place]))
    }

    /// Time at stop i that is neither needed there nor lost by arriving a little later.
    pub fn idle(&self, problem: &Problem, i: usize) -> i64 {
        self.depart[i] - self.arrive[i] - problem.dwell(self.stops[i])
    }
}

impl Problem {
    /// What a party's arrival at its drop-off costs, against a direct ride at once.
    pub(super) fn delay_cost(&self, rider: u32, arrive: i64) -> i64 {
        let rider = &self.riders[rider as usize];
        let delay = arrive - rider.since - i64::from(rider.ride.time.0);
        delay.max(0) * self.rules.delay_price / 1_000
    }
    /// What driving costs.
    pub(super) fn drive_cost(&self, drive: Leg) -> i64 {
        i64::from(drive.time.0) * self.rules.drive_price / 1_000
    }
}

/// Whether a route of so much driving, whose last stop is `last`'s drop-off, leaves enough to reach a charger. Standing at stops is
/// left to the reserve.
pub(super) fn has_energy(problem: &Problem, vehicle: u32, drive: Leg, last: Option<u32>) -> bool {
    let Some(last) = last else { return true };
    let vehicle = &problem.vehicles[vehicle as usize];
    vehicle.uses.driving(drive.then(problem.riders[last as usize].onward)) <= vehicle.energy
}
