//! Ride times and time out: is there a schedule for a sequence, and which?
//!
//! A sequence has a schedule exactly if a system of differences has a solution: service begins in its window, drives
//! take their time, riders are not aboard for longer than allowed, the vehicle is not out for longer. The earliest
//! solution is found by raising begins until all hold: forward for drives, backward for rides. What the forward slack
//! of Cordeau and Laporte (Transportation Research B 37(6), 2003) shifts once, this shifts until nothing moves, and so
//! it misses no feasible sequence.

use super::grid::{DEPOT, Grid, Ticks, ticks_down, ticks_up};
use super::problem::VrpProblem;
use super::ride::{Ride, rides};
use super::route::{Position, SearchRoute};

/// What is allowed.
#[derive(Debug)]
pub(super) struct RideLimits {
    ride_max: Option<Ticks>,
    duration_max: Option<Ticks>,
    /// For each place how long service takes there.
    service: Vec<Ticks>,
}

impl RideLimits {
    pub(super) fn new(problem: &VrpProblem) -> Self {
        Self {
            ride_max: problem.ride_max.map(ticks_down),
            duration_max: problem.fleet.duration_max.map(ticks_down),
            service: problem.places.iter().map(|place| ticks_up(place.service)).collect(),
        }
    }

    /// The earliest schedule that keeps all limits: when service begins at each stop; at the first, when the vehicle
    /// leaves, and at the last, when it is back.
    pub(super) fn schedule(&self, grid: &Grid, stops: &[u32]) -> Option<Vec<Ticks>> {
        let mut scratch = RideScratch { stops: stops.to_vec(), ..RideScratch::default() };
        scratch.begin.extend(stops.iter().map(|&place| grid.site(place).earliest));
        scratch.latest.extend(stops.iter().map(|&place| grid.site(place).latest));
        rides(grid, stops, &mut scratch.rides);
        self.raise(grid, &mut scratch, 1, stops.len()).then_some(scratch.begin)
    }

    /// Narrows a route's begins to those of its earliest and its latest schedule. `false`: it has none.
    pub(super) fn narrow(&self, grid: &Grid, route: &mut SearchRoute, scratch: &mut RideScratch) -> bool {
        rides(grid, &route.stops, &mut route.rides);
        scratch.take(route);
        let sound = self.raise(grid, scratch, 1, route.stops.len()) && self.lower(grid, scratch);
        if sound {
            route.begin.clone_from(&scratch.begin);
            route.latest.clone_from(&scratch.latest);
        }
        sound
    }

    /// Whether a route still has a schedule with a request put where `position` says. Begins at the route's earliest
    /// schedule, which a stop more can only delay, and ends as soon as a stop is later than its latest one.
    pub(super) fn allow(
        &self,
        grid: &Grid,
        route: &SearchRoute,
        request: u32,
        position: Position,
        scratch: &mut RideScratch,
    ) -> bool {
        scratch.insert(grid, route, request, position);
        let first = position.pickup_behind as usize + 1;
        // The delivery, if there is one, stands at this index.
        let last = position.delivery_behind as usize + 2;
        self.raise(grid, scratch, first, last + 1)
    }

    /// The longest that a rider may be aboard who gets in at `pickup`, from the beginning of service there.
    pub(super) fn aboard_max(&self, pickup: u32) -> Ticks {
        self.ride_max.map_or(Ticks::MAX, |ride_max| ride_max + self.service[pickup as usize])
    }

    /// Raises begins to the earliest schedule that is no earlier than they are, given that all stops but those from
    /// `from` to before `until` begin late enough for the drive from the one before. `false`: one would be later than its latest.
    ///
    /// Time: linear in the stops that move for each round of raising; one or two rounds as a rule, as many as stops at
    /// most: what still moves then moves for ever.
    fn raise(&self, grid: &Grid, scratch: &mut RideScratch, mut from: usize, mut until: usize) -> bool {
        let RideScratch { stops, begin, latest, rides } = scratch;
        if begin[0] > latest[0] {
            return false;
        }
        for _ in 0..=stops.len() {
            for at in from..stops.len() {
                let there = begin[at - 1] + grid.time(stops[at - 1], stops[at]);
                if there > begin[at] {
                    begin[at] = there;
                } else if at >= until {
                    break;
                }
                if begin[at] > latest[at] {
                    return false;
                }
            }
            (from, until) = (stops.len(), 0);
            for ride in rides.iter() {
                let least = begin[ride.delivery].saturating_sub(self.aboard_max(stops[ride.pickup]));
                if begin[ride.pickup] < least {
                    begin[ride.pickup] = least;
                    if least > latest[ride.pickup] {
                        return false;
                    }
                    (from, until) = (from.min(ride.pickup + 1), until.max(ride.pickup + 2));
                }
            }
            let leave =
                self.duration_max.map_or(Ticks::MIN, |duration_max| begin[stops.len() - 1] - duration_max);
            if begin[0] < leave {
                begin[0] = leave;
                (from, until) = (1, until.max(2));
                if leave > latest[0] {
                    return false;
                }
            }
            if from == stops.len() {
                return true;
            }
        }
        false
    }

    /// Lowers the latest begins to those of the latest schedule. `false`: there is none.
    fn lower(&self, grid: &Grid, scratch: &mut RideScratch) -> bool {
        let RideScratch { stops, begin, latest, rides } = scratch;
        let last = stops.len() - 1;
        for _ in 0..=stops.len() {
            let mut lowered = false;
            let mut at_most = |at: usize, most: Ticks, latest: &mut [Ticks]| {
                lowered |= most < latest[at];
                latest[at] = latest[at].min(most);
            };
            for at in (0..last).rev() {
                at_most(at, latest[at + 1] - grid.time(stops[at], stops[at + 1]), latest);
            }
            for ride in rides.iter().rev() {
                at_most(
                    ride.delivery,
                    latest[ride.pickup].saturating_add(self.aboard_max(stops[ride.pickup])),
                    latest,
                );
            }
            if let Some(duration_max) = self.duration_max {
                at_most(last, latest[0] + duration_max, latest);
            }
            if !lowered {
                return begin.iter().zip(latest.iter()).all(|(begin, latest)| begin <= latest);
            }
        }
        false
    }
}

/// A sequence with what is known of its begins; room that is used again.
#[derive(Debug, Default)]
pub(super) struct RideScratch {
    stops: Vec<u32>,
    /// No stop begins earlier,
    begin: Vec<Ticks>,
    /// or later.
    latest: Vec<Ticks>,
    rides: Vec<Ride>,
}

impl RideScratch {
    fn take(&mut self, route: &SearchRoute) {
        self.stops.clone_from(&route.stops);
        self.begin.clone_from(&route.begin);
        self.latest.clone_from(&route.latest);
        self.rides.clone_from(&route.rides);
    }

    fn insert(&mut self, grid: &Grid, route: &SearchRoute, request: u32, position: Position) {
        self.take(route);
        let job = grid.jobs[request as usize];
        let (first, second) = (position.pickup_behind as usize + 1, position.delivery_behind as usize + 1);
        let paired = job.delivery != DEPOT;
        let moved = |at: usize| at + usize::from(at >= first) + usize::from(paired && at >= second);
        for ride in &mut self.rides {
            *ride = Ride { pickup: moved(ride.pickup), delivery: moved(ride.delivery) };
        }
        if paired {
            self.rides.push(Ride { pickup: first, delivery: second + 1 });
            self.put(grid, second, job.delivery);
        }
        self.put(grid, first, job.pickup);
    }

    fn put(&mut self, grid: &Grid, at: usize, place: u32) {
        self.stops.insert(at, place);
        self.begin.insert(at, grid.site(place).earliest);
        self.latest.insert(at, grid.site(place).latest);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::parse;
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn an_insertion_is_allowed_exactly_if_the_longer_route_has_a_schedule() {
        let text = include_str!("../../../tests/vrp/instances/cordeau_6.txt");
        let mut problem = parse(text).unwrap();
        let mut rng = Rng::new(3);
        let (mut allowed, mut forbidden) = (0, 0);
        for round in 0..300 {
            // Wide windows, so that rides and time out decide, and limits from ample to scarce.
            problem.places.iter_mut().for_each(|place| place.window.latest += f64::from(round % 5) * 20.0);
            problem.places.iter_mut().for_each(|place| place.window.latest = place.window.latest.min(400.0));
            problem.ride_max = Some(10.0 + f64::from(round % 30));
            problem.fleet.duration_max = Some(60.0 + f64::from(round % 40) * 5.0);
            let (grid, limits) = (&Grid::new(&problem), RideLimits::new(&problem));
            let mut route = SearchRoute::empty();
            route.retime(grid);
            let mut requests: Vec<u32> = (0..grid.jobs.len() as u32).collect();
            rng.shuffle(&mut requests);
            let mut scratch = RideScratch::default();
            for request in requests {
                let mut found = None;
                for pickup_behind in 0..route.stops.len() as u32 - 1 {
                    for delivery_behind in pickup_behind..route.stops.len() as u32 - 1 {
                        let position = Position { delta: 0, pickup_behind, delivery_behind };
                        let (job, mut stops) = (grid.jobs[request as usize], route.stops.clone());
                        stops.insert(delivery_behind as usize + 1, job.delivery);
                        stops.insert(pickup_behind as usize + 1, job.pickup);
                        let schedule = limits.schedule(grid, &stops);
                        let allows = limits.allow(grid, &route, request, position, &mut scratch);
                        assert_eq!(allows, schedule.is_some(), "round {round}: {stops:?}");
                        if let Some(schedule) = schedule {
                            assert_eq!(scratch.begin, schedule, "round {round}: {stops:?}");
                            found = found.filter(|_| rng.chance(0.5)).or(Some(position));
                        }
                        *(if allows { &mut allowed } else { &mut forbidden }) += 1;
                    }
                }
                if let Some(position) = found {
                    route.stops = route.with(grid, request, position);
                    route.retime(grid);
                    assert!(limits.narrow(grid, &mut route, &mut RideScratch::default()), "round {round}");
                    assert_eq!(
                        limits.schedule(grid, &route.stops).as_ref(),
                        Some(&route.begin),
                        "round {round}"
                    );
                    assert!(route.begin.iter().zip(&route.latest).all(|(begin, latest)| begin <= latest));
                }
            }
        }
        assert!(allowed > 500 && forbidden > 500, "{allowed} {forbidden}: one-sided");
    }
}
