//! The classical way to plan, to stand beside ours: once an hour each station gets one number as its target, and vans drive the plan that brings
//! most bikes to where they are missing, in exactly these numbers, until the next hour.
//!
//! What it knows of riders, streets and stock is what our planner knows, and its tours are searched by the same search (which finds all proven
//! optima of the static benchmark): what differs is the model. Whoever is told to bring more than there is, or than fits, does what can be done.
//! Source: Dell'Amico et al., *The bike sharing rebalancing problem*, Omega 45 (2014), for exact targets; Raviv and Kolka, *Optimal inventory management
//! of a bike-sharing station*, IIE Transactions 45(10) (2013), for how they are set.

use paceline_model::{Instant, Millis, Position};
use paceline_plan::bikes::Drives;
use paceline_plan::bikes::dispatch::{PARKING, Plan, Problem, Station, Stop, Van};
use paceline_plan::bikes::tours::{self, Gains, Handling, Prices, Site, StationOutlook, TourProblem};
use paceline_plan::{Budget, Rng};
use paceline_road::Roads;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How often a plan is made.
const EVERY: Millis = Millis::from_secs(3_600);
/// An hour of driving, in bikes: of plans that move as many the shortest is driven.
const DRIVING_HOUR: f64 = 0.1;
/// What another number than the planned one is worth.
const NEVER: f64 = -1e9;

/// A dispatcher that plans by the hour.
#[derive(Default)]
pub(super) struct Classical {
    drives: Drives,
    planned_at: Option<Instant>,
    /// By van: stations that it has not been told of yet, with the bikes that it brings (below 0: takes).
    tours: BTreeMap<u32, VecDeque<(u32, i32)>>,
    plans: u64,
}

impl Classical {
    /// Drives along these streets.
    pub(super) fn drive_along(&mut self, roads: &Arc<Roads>) {
        self.drives.renew(roads);
    }

    /// The next stops of the hour's plan, which is made first if it is time.
    pub(super) fn solve(&mut self, problem: &Problem, budget: &mut Budget) -> Plan {
        let is_due = self.planned_at.is_none_or(|at| problem.at.since(at) >= EVERY);
        if is_due && problem.vans.iter().any(Van::is_able) {
            self.plan(problem, budget);
            self.planned_at = Some(problem.at);
        }
        let numbers: BTreeMap<u32, usize> =
            problem.stations.iter().enumerate().map(|(number, station)| (station.key, number)).collect();
        let tours = problem.vans.iter().map(|van| self.next_stops(problem, van, &numbers)).collect();
        Plan { made_from: problem.version, tours, ..Plan::default() }
    }

    fn plan(&mut self, problem: &Problem, budget: &mut Budget) {
        self.plans += 1;
        let vans = || problem.vans.iter().filter(|van| van.out.is_none());
        let capacity = bikes(vans().map(|van| van.capacity).max().unwrap_or_default());
        let exact = problem.stations.iter().filter_map(|station| Some((station, exact(station, capacity)?)));
        let exact: Vec<(&Station, Gains)> = exact.collect();
        let ends: Vec<(Position, Millis)> = vans().map(|van| van.end(&mut self.drives)).collect();
        let stations = exact.iter().map(|(station, _)| station.position);
        let depots = vans().map(|van| van.depot);
        let places: Vec<Position> = stations.chain(ends.iter().map(|(at, _)| *at)).chain(depots).collect();
        let (first_end, first_depot) = (exact.len(), exact.len() + ends.len());
        let van = |(number, van): (usize, &Van)| tours::Van {
            place: first_end + number,
            free_in: ends[number].1,
            capacity: bikes(van.capacity),
            load: bikes(van.aboard),
            broken: 0,
            depot: first_depot + number,
            shift_ends_in: van.shift_ends_in,
            handling: Handling { stop: PARKING, bike: van.handling },
            batteries: 0,
            mends: false,
            told: Vec::new(),
            declined: Vec::new(),
        };
        let asked = TourProblem {
            times: self.drives.among(&places).times(),
            sites: (0..)
                .zip(&exact)
                .map(|(place, (_, gains))| Site { place, gains: gains.clone(), errand: None })
                .collect(),
            vans: vans().enumerate().map(van).collect(),
            prices: Prices { hour: DRIVING_HOUR, stop: 0.0, change: 0.0 },
            horizon: EVERY,
        };
        let (found, _) = tours::solve(&asked, budget, &mut Rng::new(self.plans));
        let stop = |stop: &tours::TourStop| (exact[stop.site].0.key, stop.change);
        self.tours =
            vans().zip(found.tours).map(|(van, tour)| (van.key, tour.iter().map(stop).collect())).collect();
    }

    /// As many stops as a crew may be told; what cannot be done any more is left out.
    fn next_stops(&mut self, problem: &Problem, van: &Van, numbers: &BTreeMap<u32, usize>) -> Vec<Stop> {
        let (mut stops, mut aboard) = (Vec::new(), van.aboard);
        if !van.is_able() {
            return stops;
        }
        let (mut at, mut arrives_in) = van.end(&mut self.drives);
        while stops.len() < van.stops_left as usize {
            let Some((key, planned)) = self.tours.get_mut(&van.key).and_then(VecDeque::pop_front) else {
                break;
            };
            let Some((number, station)) =
                numbers.get(&key).map(|&number| (number, &problem.stations[number]))
            else {
                continue;
            };
            let take = station.take_max.min(van.capacity - aboard.min(van.capacity)) as i32;
            let change = planned.clamp(-take, station.bring_max.min(aboard) as i32);
            if change == 0 {
                continue;
            }
            arrives_in = arrives_in.saturating_add(self.drives.leg(at, station.position).time);
            at = station.position;
            let (next_best, excluded) = (None, Vec::new());
            let stop = Stop {
                station: number,
                arrives_in,
                aboard,
                change,
                errand: None,
                rides: 0.0,
                next_best,
                excluded,
            };
            stops.push(stop);
            aboard = aboard.saturating_add_signed(-change);
        }
        stops
    }
}

/// One number is worth as many bikes as it moves, any other one nothing. A depot gives what it has. `None`: nothing is to be done.
fn exact(station: &Station, capacity: u16) -> Option<Gains> {
    let moved = (bikes(station.take_max).min(capacity), bikes(station.bring_max).min(capacity));
    let Some(slots) = &station.rates else { return Some(Gains::of(EVERY, 1, (moved.0, 0), |_, _| 0.0)) };
    let outlook =
        StationOutlook { capacity: station.docks, stock: station.bikes, slots, price: station.outage };
    let gains = Gains::of_station(outlook, moved).ok()?;
    let saved = gains.at(Millis::ZERO).iter().enumerate();
    let (column, _) = saved.max_by(|one, other| one.1.total_cmp(other.1).then(other.0.cmp(&one.0)))?;
    let change = column as i32 - i32::from(gains.take_max());
    let most = change.unsigned_abs() as u16;
    let limits = if change < 0 { (most, 0) } else { (0, most) };
    let worth = |other: i32| if other == change { f64::from(most) } else { NEVER };
    (most > 0).then(|| Gains::of(EVERY, 1, limits, |_, other| worth(other)))
}

fn bikes(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
