//! A day laid out as numbers: rides, and for each place where a vehicle is free the drives to those that it could serve next.

use crate::city::order_name;
use crate::day::Day;
use crate::scenario::Scenario;
use paceline_model::{Instant, OrderId, VehicleId};
use paceline_plan::solver::chains::{Beyond, ChainProblem, Chains, Link, Ride};
use paceline_road::{Leg, RoadPoint, Roads, Search, TravelTimes as _, threads};
use std::collections::BTreeMap;
use std::ops::Range;

/// Drives from a place to the nearest rides that begin before whoever is free there has waited for [`SOON_MS`].
const LINKS_SOON: usize = 250;
/// See above: ten minutes.
const SOON_MS: u32 = 600_000;
/// As long again, so many times, the nearest few: somebody who finds nothing soon must not stand for ever.
const LATER_SPANS: u32 = 6;
/// Drives to rides of each of those.
const LINKS_LATER: usize = 30;
/// Places whose drives are worked out together.
const BATCH: usize = 64;

/// Where everything of a day lies on the streets; `None` where no street is near.
pub(super) struct Places {
    pub(super) pickups: Vec<Option<RoadPoint>>,
    pub(super) dropoffs: Vec<Option<RoadPoint>>,
    pub(super) vehicles: Vec<Option<RoadPoint>>,
}

impl Places {
    pub(super) fn new(scenario: &Scenario, roads: &Roads, day: &Day) -> Self {
        let near_m = scenario.near_m();
        let snap = |place| roads.snap(place, near_m).map(|snapped| snapped.point);
        Self {
            pickups: day.trips.iter().map(|trip| snap(trip.pickup)).collect(),
            dropoffs: day.trips.iter().map(|trip| snap(trip.dropoff)).collect(),
            vehicles: day.vehicles.iter().map(|vehicle| snap(vehicle.reading.position)).collect(),
        }
    }
}

/// A day as a problem of chains. Times count from its start; trips that nobody can serve have no row.
pub(super) struct LaidOut {
    pub(super) problem: ChainProblem,
    /// What a run served, to begin with.
    pub(super) start: Chains,
    /// Per ride, the number of its trip.
    trips: Vec<usize>,
    /// Per vehicle with a place, its number in the day.
    vehicles: Vec<usize>,
    /// Vehicles of the day.
    fleet: usize,
}

/// What is needed to find links.
struct Drives<'a> {
    roads: &'a Roads,
    rides: Vec<Ride>,
    pickups: Vec<RoadPoint>,
}

/// Somewhere a vehicle is free.
#[derive(Clone, Copy)]
struct Origin {
    place: RoadPoint,
    /// Its own ride, if it is the end of one.
    ride: Option<u32>,
    /// When it is free at the earliest, and at the latest.
    free_ms: (u32, u32),
    /// What a run served next.
    next: Option<u32>,
}

impl LaidOut {
    /// `pickups` is which vehicle picked up which order in a run.
    pub(super) fn new(
        scenario: &Scenario,
        roads: &Roads,
        day: &Day,
        pickups: &[(VehicleId, OrderId)],
    ) -> Self {
        let places = Places::new(scenario, roads, day);
        let (trips, rides) = rides(scenario, roads, day, &places);
        let vehicles: Vec<usize> =
            (0..day.vehicles.len()).filter(|vehicle| places.vehicles[*vehicle].is_some()).collect();
        let start = start(day, &trips, &vehicles, pickups);
        let place = |places: &[Option<RoadPoint>], number: usize| places[number].unwrap_or_default();
        let next = next_of(&start, rides.len());
        let mut origins: Vec<Origin> = Vec::with_capacity(rides.len() + vehicles.len());
        origins.extend(trips.iter().zip(&rides).enumerate().map(|(row, (trip, ride))| Origin {
            place: place(&places.dropoffs, *trip),
            ride: Some(row as u32),
            free_ms: (ride.earliest_ms + ride.takes_ms, ride.latest_ms + ride.takes_ms),
            next: next[row],
        }));
        origins.extend(vehicles.iter().enumerate().map(|(row, vehicle)| Origin {
            place: place(&places.vehicles, *vehicle),
            ride: None,
            free_ms: (0, 0),
            next: next[rides.len() + row],
        }));
        let pickups = trips.iter().map(|trip| place(&places.pickups, *trip)).collect();
        let mut problem = ChainProblem::new(rides.clone(), vehicles.len());
        let drives = Drives { roads, rides, pickups };
        for batch in origins.chunks(BATCH) {
            drives.link(batch, &mut problem);
        }
        Self { problem, start, trips, vehicles, fleet: day.vehicles.len() }
    }

    /// Per vehicle of the day, the numbers of the trips that it serves.
    pub(super) fn trips_of(&self, chains: &Chains) -> Vec<Vec<usize>> {
        let mut trips_of = vec![Vec::new(); self.fleet];
        for (vehicle, rides) in self.vehicles.iter().zip(&chains.rides_of) {
            trips_of[*vehicle] = rides.iter().map(|ride| self.trips[*ride as usize]).collect();
        }
        trips_of
    }
}

/// The trips that somebody could serve, by number, and what they are as rides.
fn rides(scenario: &Scenario, roads: &Roads, day: &Day, places: &Places) -> (Vec<usize>, Vec<Ride>) {
    // All vehicles are alike: what is not so is refused.
    let offered = day.vehicles.first().map(|vehicle| &vehicle.spec);
    let mut search = Search::new(roads);
    let dwell_ms = scenario.drivers.pickup_dwell.0 + scenario.drivers.dropoff_dwell.0;
    let ride = |(number, trip): (usize, &crate::day::Trip)| {
        let direct = roads.leg(&mut search, places.pickups[number]?, places.dropoffs[number]?);
        let earliest_ms = trip.at.since(day.start).0;
        let latest_ms = earliest_ms + scenario.riders.wait_max.0;
        let fits =
            (1..=offered?.seats).contains(&trip.party) && offered?.attributes.is_superset(&trip.attributes);
        (fits && direct.is_reachable())
            .then(|| (number, Ride { earliest_ms, latest_ms, takes_ms: direct.time.0 + dwell_ms }))
    };
    day.trips.iter().enumerate().filter_map(ride).unzip()
}

/// What was served, as chains of rows.
fn start(day: &Day, trips: &[usize], vehicles: &[usize], pickups: &[(VehicleId, OrderId)]) -> Chains {
    let row_of =
        |(row, trip): (usize, &usize)| Some((order_name(u32::try_from(*trip).ok()?).ok()?, row as u32));
    let rides: BTreeMap<OrderId, u32> = trips.iter().enumerate().filter_map(row_of).collect();
    let rows = vehicles.iter().enumerate().map(|(row, vehicle)| (&day.vehicles[*vehicle].spec.id, row));
    let rows: BTreeMap<&VehicleId, usize> = rows.collect();
    let mut start = Chains::idle(vehicles.len());
    for (vehicle, order) in pickups {
        if let (Some(row), Some(ride)) = (rows.get(vehicle), rides.get(order)) {
            start.rides_of[*row].push(*ride);
        }
    }
    start
}

/// Per origin, the ride that follows in the chains.
fn next_of(chains: &Chains, rides: usize) -> Vec<Option<u32>> {
    let mut next = vec![None; rides + chains.rides_of.len()];
    for (vehicle, chain) in chains.rides_of.iter().enumerate() {
        let mut origin = rides + vehicle;
        for &ride in chain {
            next[origin] = Some(ride);
            origin = ride as usize;
        }
    }
    next
}

impl Drives<'_> {
    /// Rides that begin soon for an origin, and later.
    fn near_in_time(&self, origin: &Origin) -> (Range<usize>, Range<usize>) {
        let (soonest, latest) = origin.free_ms;
        // Windows are all of one length, so that they end in the order in which they begin.
        let begin = self.rides.partition_point(|ride| ride.latest_ms < soonest);
        let until = |span: u32| {
            let end_ms = latest.saturating_add(SOON_MS.saturating_mul(span + 1));
            self.rides.partition_point(|ride| ride.earliest_ms <= end_ms).max(begin)
        };
        (begin..until(0), until(0)..until(LATER_SPANS))
    }

    fn link(&self, origins: &[Origin], problem: &mut ChainProblem) {
        let spans: Vec<_> = origins.iter().map(|origin| self.near_in_time(origin)).collect();
        let begin = spans.iter().map(|(soon, _)| soon.start).min().unwrap_or(0);
        let end = spans.iter().map(|(_, later)| later.end).max().unwrap_or(0);
        let from: Vec<RoadPoint> = origins.iter().map(|origin| origin.place).collect();
        let table = self.roads.table(&from, &self.pickups[begin..end], threads());
        let mut search = Search::new(self.roads);
        for (row, (origin, (soon, later))) in origins.iter().zip(spans).enumerate() {
            let drive = |ride: usize| table[row * (end - begin) + ride - begin];
            let (mut links, left_out) = self.nearest(origin, soon.clone(), LINKS_SOON, drive);
            let earliest_ms = self.rides.get(soon.end).map_or(u32::MAX, |ride| ride.earliest_ms);
            let each = later.len().div_ceil(LATER_SPANS as usize).max(1);
            for span in later.clone().step_by(each).map(|start| start..(start + each).min(later.end)) {
                links.extend(self.nearest(origin, span, LINKS_LATER, drive).0);
            }
            if let Some(next) = origin.next.filter(|next| links.iter().all(|link| link.to != *next)) {
                let leg = self.roads.leg(&mut search, origin.place, self.pickups[next as usize]);
                links.extend(leg.is_reachable().then_some(Link { to: next, drive_ms: leg.time.0 }));
            }
            links.sort_unstable();
            problem.push(links, Beyond { drive_ms: left_out, earliest_ms });
        }
    }

    /// Links to the nearest rides of a range that can be reached in time, and how far the nearest is that is left out.
    fn nearest(
        &self,
        origin: &Origin,
        range: Range<usize>,
        most: usize,
        drive: impl Fn(usize) -> Leg,
    ) -> (Vec<Link>, u32) {
        let in_time = |ride: &usize| {
            let leg = drive(*ride);
            let arrival = origin.free_ms.0.saturating_add(leg.time.0);
            leg.is_reachable() && origin.ride != Some(*ride as u32) && arrival <= self.rides[*ride].latest_ms
        };
        let mut near: Vec<(u32, u32)> =
            range.filter(in_time).map(|ride| (drive(ride).time.0, ride as u32)).collect();
        near.sort_unstable();
        let left_out = near.get(most).map_or(u32::MAX, |(drive_ms, _)| *drive_ms);
        near.truncate(most);
        (near.into_iter().map(|(drive_ms, to)| Link { to, drive_ms }).collect(), left_out)
    }
}

/// When an order was placed, as the day has it.
pub(super) fn placed(day: &Day, trips_of: &[Vec<usize>]) -> Vec<Instant> {
    trips_of.iter().flatten().map(|trip| day.trips[*trip].at).collect()
}
