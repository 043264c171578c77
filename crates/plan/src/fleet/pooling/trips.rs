//! Level two: requests, trips and vehicles chosen together, around the orders that are new in this round.
//!
//! For each vehicle that could take one of them: its route without the riders that it could still give away, and all
//! trips of its own riders, of new ones, and of those that it would serve at less cost than their vehicle does. A trip of
//! k is tried only if all its subsets of k - 1 are feasible. The best few of each vehicle, and its present plan, are
//! columns of a set packing problem; the answer replaces the routes if it costs less.
//!
//! Source: Alonso-Mora, Samaranayake, Wallar, Frazzoli, Rus, "On-demand high-capacity ride-sharing via dynamic
//! trip-vehicle assignment", PNAS 114(3), 2017. Vehicle by vehicle, so that it can end at any of them.

use super::fleet::{Fleet, Offer};
use super::insert;
use super::legs::Legs;
use super::report::Report;
use super::schedule::Schedule;
use crate::solver::packing;
use crate::{Budget, Degraded, Stage};
use paceline_model::StopKind;
use std::collections::{BTreeMap, BTreeSet};

/// Vehicles looked at for each new order: its cheapest.
const REACH: usize = 8;
/// Riders weighed per vehicle.
const RIDERS_MAX: usize = 10;
/// Most riders of a trip beyond those whom the vehicle cannot give away.
const TRIP_MAX: usize = 5;
/// Trips built per vehicle, and those of them that become columns beside the present plan.
const TRIPS_MAX: usize = 60;
const COLUMNS_MAX: usize = 18;
/// Share of the round's steps for building trips, and for packing them; the rest is left for what comes after.
const BUILD_STEPS: u64 = 400_000;
const PACK_STEPS: u64 = 300_000;
/// Prices of leaving a rider out of the packing: above any delay that the windows allow, and small enough for its sums.
const OPEN: i64 = 20_000_000;
const PROMISED: i64 = 400_000_000;

/// Chooses trips around the riders of `offers`; the routes cost no more afterwards.
pub(super) fn choose(
    fleet: &mut Fleet<'_, impl Legs>,
    offers: &BTreeMap<u32, Vec<Offer>>,
    seed: u64,
    budget: &mut Budget,
    report: &mut Report,
) {
    let columns = budget.part(BUILD_STEPS, |budget| build(fleet, offers, budget, report));
    if columns.vehicles.is_empty() || budget.is_over() {
        return;
    }
    let (problem, start) = columns.problem(fleet);
    report.columns += problem.columns.len() as u32;
    let (selection, packed) =
        budget.part(PACK_STEPS, |budget| packing::solve(&problem, Some(&start), seed, budget));
    report.gap = Some(packed.gap());
    if budget.is_over() && packed.cut_short {
        report.degraded.push(Degraded {
            stage: Stage::Packing,
            reason: "the budget ended before the search for a cheaper packing had run its course".into(),
        });
    }
    columns.adopt(fleet, &selection);
}

/// The trips of one vehicle.
struct Choice {
    vehicle: u32,
    /// Its route without the riders that it could give away.
    base: Schedule,
    /// Riders, ascending, with the route that serves them; the present plan first.
    trips: Vec<(Vec<u32>, Schedule)>,
}

#[derive(Default)]
struct Columns {
    vehicles: Vec<Choice>,
    /// Rows of the packing's requests.
    rows: BTreeMap<u32, u32>,
}

fn build<L: Legs>(
    fleet: &Fleet<'_, L>,
    offers: &BTreeMap<u32, Vec<Offer>>,
    budget: &mut Budget,
    report: &mut Report,
) -> Columns {
    let mut near: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (&rider, offers) in offers {
        for offer in offers.iter().take(REACH) {
            near.entry(offer.vehicle).or_default().push(rider);
        }
    }
    for vehicle in 0..fleet.schedules.len() as u32 {
        if fleet.loose(vehicle).iter().any(|rider| offers.contains_key(rider)) {
            near.entry(vehicle).or_default();
        }
    }
    let worth = worths(fleet, near.keys().copied(), offers, budget);
    let mut columns = Columns::default();
    for (done, (&vehicle, new)) in near.iter().enumerate() {
        if budget.is_over() {
            report.ran_short(format!("trips were built for {done} of {} vehicles", near.len()));
            break;
        }
        columns.vehicles.extend(choice(fleet, vehicle, new, &worth, budget));
    }
    // A rider of a vehicle that is not in the packing stays where they are.
    let held: BTreeSet<u32> =
        columns.vehicles.iter().flat_map(|choice| fleet.loose(choice.vehicle)).collect();
    let open = |rider: &u32| offers.contains_key(rider) && fleet.holder(*rider).is_none();
    for choice in &mut columns.vehicles {
        choice.trips.retain(|(riders, _)| riders.iter().all(|rider| held.contains(rider) || open(rider)));
    }
    let riders: BTreeSet<u32> =
        columns.vehicles.iter().flat_map(|choice| &choice.trips).flat_map(|trip| trip.0.clone()).collect();
    columns.rows = riders.into_iter().zip(0..).collect();
    columns
}

/// What a rider costs the vehicle that has them now; of an open one, the price of leaving them.
fn worths(
    fleet: &Fleet<'_, impl Legs>,
    vehicles: impl Iterator<Item = u32>,
    offers: &BTreeMap<u32, Vec<Offer>>,
    budget: &mut Budget,
) -> BTreeMap<u32, i64> {
    let mut worth: BTreeMap<u32, i64> = offers.keys().map(|&rider| (rider, OPEN)).collect();
    for vehicle in vehicles {
        if budget.is_over() {
            break;
        }
        for rider in fleet.loose(vehicle) {
            let Schedule { cost: with, ref stops, .. } = fleet.schedules[vehicle as usize];
            budget.spend(4 + stops.len() as u64);
            let without = fleet.without(vehicle, &[rider]).map_or(with, |schedule| schedule.cost);
            worth.insert(rider, with - without);
        }
    }
    worth
}

fn choice(
    fleet: &Fleet<'_, impl Legs>,
    vehicle: u32,
    new: &[u32],
    worth: &BTreeMap<u32, i64>,
    budget: &mut Budget,
) -> Option<Choice> {
    let mut own = fleet.loose(vehicle);
    own.sort_unstable();
    let freed = Freed { vehicle, base: fleet.without(vehicle, &own)?, own };
    let riders = candidates(fleet, &freed, new, worth, budget);
    let Freed { own, base, .. } = freed;
    let mut trips = grow(fleet, vehicle, &riders, &base, budget);
    let gain = |(riders, schedule): &(Vec<u32>, Schedule)| {
        let saved: i64 = riders.iter().filter_map(|rider| worth.get(rider)).sum();
        schedule.cost - base.cost - saved
    };
    trips.sort_by_cached_key(|trip| (gain(trip), trip.0.clone()));
    trips.truncate(COLUMNS_MAX);
    trips.insert(0, (own, fleet.schedules[vehicle as usize].clone()));
    Some(Choice { vehicle, base, trips })
}

/// A vehicle freed of the riders that it could give away.
struct Freed {
    vehicle: u32,
    /// Those riders, ascending.
    own: Vec<u32>,
    /// Its route without them.
    base: Schedule,
}

/// Its own riders, new ones, and those of others whom it would serve at less cost than they do.
fn candidates(
    fleet: &Fleet<'_, impl Legs>,
    freed: &Freed,
    new: &[u32],
    worth: &BTreeMap<u32, i64>,
    budget: &mut Budget,
) -> Vec<u32> {
    let Freed { vehicle, own, base } = freed;
    let vehicle = *vehicle;
    let mut riders: Vec<(i64, u32)> = Vec::new();
    for (&rider, &worth) in worth {
        let mine = own.contains(&rider) || new.contains(&rider);
        if !mine && (!fleet.is_near(vehicle, rider) || !fleet.problem.may_have(vehicle, rider)) {
            continue;
        }
        budget.spend(4 + 2 * base.stops.len() as u64);
        let found = insert::cheapest(fleet.problem, fleet.legs, vehicle, base, rider);
        if let Some(found) = found.filter(|found| mine || found.cost < worth) {
            riders.push((if mine { i64::MIN } else { found.cost - worth }, rider));
        }
    }
    riders.sort_unstable();
    riders.truncate(RIDERS_MAX.max(own.len()));
    riders.into_iter().map(|(_, rider)| rider).collect()
}

/// All trips over `riders`, smaller ones first, as far as the limits go.
fn grow(
    fleet: &Fleet<'_, impl Legs>,
    vehicle: u32,
    riders: &[u32],
    base: &Schedule,
    budget: &mut Budget,
) -> Vec<(Vec<u32>, Schedule)> {
    let mut all: Vec<(Vec<u32>, Schedule)> = Vec::new();
    let mut level: BTreeMap<Vec<u32>, Schedule> = BTreeMap::from([(Vec::new(), base.clone())]);
    for _ in 0..TRIP_MAX {
        let mut next: BTreeMap<Vec<u32>, Schedule> = BTreeMap::new();
        for smaller in level.keys() {
            for &rider in riders {
                let mut trip = smaller.clone();
                let Err(place) = trip.binary_search(&rider) else { continue };
                trip.insert(place, rider);
                if next.contains_key(&trip) || all.len() + next.len() >= TRIPS_MAX || budget.is_over() {
                    continue;
                }
                if let Some(schedule) = joined(fleet, vehicle, &trip, &level, budget) {
                    next.insert(trip, schedule);
                }
            }
        }
        all.extend(next.clone());
        level = next;
    }
    all
}

/// The cheapest way to serve `trip` that adds one rider to the route of the others; `None` if a subset is infeasible.
fn joined(
    fleet: &Fleet<'_, impl Legs>,
    vehicle: u32,
    trip: &[u32],
    level: &BTreeMap<Vec<u32>, Schedule>,
    budget: &mut Budget,
) -> Option<Schedule> {
    let mut subsets = Vec::with_capacity(trip.len());
    for last in 0..trip.len() {
        let mut others = trip.to_vec();
        let rider = others.remove(last);
        subsets.push((rider, level.get(&others)?));
    }
    let mut best: Option<Schedule> = None;
    for (rider, others) in subsets {
        budget.spend(8 + 4 * others.stops.len() as u64);
        let found = insert::cheapest(fleet.problem, fleet.legs, vehicle, others, rider);
        let Some(found) = found else { continue };
        let stops = insert::inserted(&others.stops, rider, found);
        let Ok(schedule) = Schedule::new(fleet.problem, fleet.legs, vehicle, stops) else { continue };
        if best.as_ref().is_none_or(|best| schedule.cost < best.cost) {
            best = Some(schedule);
        }
    }
    best
}

impl Columns {
    /// The packing, and the present plans as its start.
    fn problem(&self, fleet: &Fleet<'_, impl Legs>) -> (packing::PackingProblem, packing::Selection) {
        let price = |&rider: &u32| {
            let holder = fleet.problem.riders[rider as usize].unserved;
            if holder > super::round::PROMISED - 1 { PROMISED } else { OPEN }
        };
        let unassigned_cost = self.rows.keys().map(price).collect();
        let mut problem = packing::PackingProblem {
            groups: self.vehicles.len() as u32,
            unassigned_cost,
            ..Default::default()
        };
        let mut start = packing::Selection::idle(self.vehicles.len() as u32);
        for (row, choice) in self.vehicles.iter().enumerate() {
            for (number, (riders, schedule)) in choice.trips.iter().enumerate() {
                let requests: Vec<u32> = riders.iter().map(|rider| self.rows[rider]).collect();
                let column = problem.columns.push(row as u32, &requests, schedule.cost - choice.base.cost);
                if number == 0 && !riders.is_empty() {
                    start.column_of[row] = Some(column);
                }
            }
        }
        (problem, start)
    }

    /// Takes the chosen routes, if they cost less than the present ones and leave nobody out who was in.
    fn adopt(&self, fleet: &mut Fleet<'_, impl Legs>, selection: &packing::Selection) {
        let mut place = 0;
        let mut chosen = Vec::with_capacity(self.vehicles.len());
        for (row, choice) in self.vehicles.iter().enumerate() {
            let taken = selection.column_of[row].map(|column| &choice.trips[column as usize - place]);
            place += choice.trips.len();
            chosen.push(taken.map_or(&choice.base, |(_, schedule)| schedule));
        }
        let in_routes = |schedules: &mut dyn Iterator<Item = &Schedule>| -> BTreeSet<u32> {
            let stops = schedules.flat_map(|schedule| &schedule.stops);
            stops.filter(|stop| stop.kind == StopKind::PickUp).map(|stop| stop.rider).collect()
        };
        let present = || self.vehicles.iter().map(|choice| &fleet.schedules[choice.vehicle as usize]);
        let (before, after) = (in_routes(&mut present()), in_routes(&mut chosen.iter().copied()));
        let cost = |served: &BTreeSet<u32>, routes: i64| {
            let riders = self.rows.keys().filter(|rider| !served.contains(rider));
            routes + riders.map(|&rider| fleet.problem.riders[rider as usize].unserved).sum::<i64>()
        };
        let was = cost(&before, present().map(|schedule| schedule.cost).sum());
        let is = cost(&after, chosen.iter().map(|schedule| schedule.cost).sum());
        if is < was {
            let chosen: Vec<Schedule> = chosen.into_iter().cloned().collect();
            for (choice, schedule) in self.vehicles.iter().zip(chosen) {
                fleet.assign(choice.vehicle, schedule);
            }
        }
    }
}
