//! The problem as the search sees it: whole numbers, dense tables, one row per place. Stations and limits on rides stay
//! outside, see `rules`.

use super::problem::{Objective, PlaceIdx, VrpProblem};
use std::cell::OnceCell;

/// Ten-thousandths of the instance's unit of time or length. Times are rounded so that what fits here fits exactly:
/// drives and openings up, closings down. Distances are rounded to the nearest.
pub(super) type Ticks = i64;

pub(super) const TICKS_PER_UNIT: f64 = 10_000.0;
/// The depot's index.
pub(super) const DEPOT: u32 = 0;

/// Neighbours that a place keeps. Ruin seldom looks at a tenth of them; sorting all of them for thousands of places would
/// take longer than a short budget.
const NEAR_MAX: usize = 512;

/// From one place to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    /// Ticks of length.
    pub(super) distance: i32,
    /// Ticks of time from the beginning of service at the first place to being at the second.
    pub(super) time: i32,
}

/// A place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub(super) earliest: Ticks,
    pub(super) latest: Ticks,
    /// Thousandths of the instance's unit of load.
    pub(super) load: i64,
    pub(super) request: u32,
}

/// A request; `delivery` is [`DEPOT`] where the load goes home with the vehicle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) pickup: u32,
    pub(super) delivery: u32,
    /// Driving out for this alone.
    pub(super) alone: Ticks,
}

/// The problem in whole numbers.
#[derive(Debug)]
pub(super) struct Grid {
    width: usize,
    legs: Vec<Leg>,
    pub(super) sites: Vec<Site>,
    pub(super) jobs: Vec<Job>,
    pub(super) capacity: i64,
    /// Vehicles that can be of use: no more than requests.
    pub(super) vehicles: usize,
    pub(super) objective: Objective,
    /// See [`Grid::near`]; filled when first asked for, so that a short budget does not pay for all.
    near: Vec<OnceCell<Vec<u32>>>,
}

impl Grid {
    pub(super) fn new(problem: &VrpProblem) -> Self {
        let width = problem.places.len();
        let mut grid = Self {
            width,
            legs: legs(problem),
            sites: sites(problem),
            jobs: Vec::new(),
            capacity: (problem.fleet.capacity * 1_000.0).floor() as i64,
            vehicles: problem.fleet.vehicles.min(problem.requests.len()),
            objective: problem.objective,
            near: vec![OnceCell::new(); width],
        };
        grid.jobs = (problem.requests.iter())
            .map(|request| grid.job(request.pickup as u32, request.delivery.unwrap_or(0) as u32))
            .collect();
        grid
    }

    pub(super) fn leg(&self, from: u32, to: u32) -> Leg {
        self.legs[from as usize * self.width + to as usize]
    }
    pub(super) fn distance(&self, from: u32, to: u32) -> Ticks {
        Ticks::from(self.leg(from, to).distance)
    }
    pub(super) fn time(&self, from: u32, to: u32) -> Ticks {
        Ticks::from(self.leg(from, to).time)
    }
    pub(super) fn site(&self, place: u32) -> &Site {
        &self.sites[place as usize]
    }

    fn job(&self, pickup: u32, delivery: u32) -> Job {
        let alone =
            self.distance(DEPOT, pickup) + self.distance(pickup, delivery) + self.distance(delivery, DEPOT);
        Job { pickup, delivery, alone }
    }
    /// The other places but the depot, nearest first, no more than [`NEAR_MAX`].
    pub(super) fn near(&self, from: u32) -> &[u32] {
        self.near[from as usize].get_or_init(|| {
            let others = (1..self.width as u32).filter(|&to| to != from);
            let mut near: Vec<(i32, u32)> = others.map(|to| (self.leg(from, to).distance, to)).collect();
            if near.len() > NEAR_MAX {
                near.select_nth_unstable(NEAR_MAX);
                near.truncate(NEAR_MAX);
            }
            near.sort_unstable();
            near.into_iter().map(|(_, to)| to).collect()
        })
    }
}

/// Time in ticks, rounded up; what is a whole tick but for the noise of floating point stays one.
pub(super) fn ticks_up(units: f64) -> Ticks {
    let ticks = units * TICKS_PER_UNIT - 1e-4;
    // A cast cuts towards zero, and is quicker than a call for the ceiling.
    let cut = ticks as Ticks;
    cut + Ticks::from(ticks > cut as f64)
}
/// Time in ticks, rounded down.
pub(super) fn ticks_down(units: f64) -> Ticks {
    (units * TICKS_PER_UNIT + 1e-4).floor() as Ticks
}
/// Length in ticks.
pub(super) fn ticks(units: f64) -> Ticks {
    (units * TICKS_PER_UNIT).round() as Ticks
}

fn legs(problem: &VrpProblem) -> Vec<Leg> {
    let (speed, places) = (problem.fleet.speed, &problem.places);
    let width = places.len();
    let services: Vec<Ticks> = places.iter().map(|place| ticks_up(place.service)).collect();
    let mut legs = vec![Leg { distance: 0, time: 0 }; width * width];
    let leg = |distance: Ticks, time: Ticks| Leg {
        distance: distance as i32,
        time: time.min(Ticks::from(i32::MAX)) as i32,
    };
    for from in 0..width {
        for to in from..width {
            let length = places[from].point.distance(places[to].point);
            let (distance, drive) = (ticks(length), ticks_up(length / speed));
            legs[from * width + to] = leg(distance, services[from] + drive);
            legs[to * width + from] = leg(distance, services[to] + drive);
        }
    }
    legs
}

fn sites(problem: &VrpProblem) -> Vec<Site> {
    let mut sites: Vec<Site> = (problem.places.iter())
        .map(|place| Site {
            earliest: ticks_up(place.window.earliest),
            latest: ticks_down(place.window.latest),
            load: (place.load.abs() * 1_000.0).ceil() as i64 * place.load.signum() as i64,
            request: u32::MAX,
        })
        .collect();
    sites[0].load = 0;
    for (index, request) in problem.requests.iter().enumerate() {
        let ends: [Option<PlaceIdx>; 2] = [Some(request.pickup), request.delivery];
        ends.into_iter().flatten().for_each(|place| sites[place].request = index as u32);
    }
    sites
}
