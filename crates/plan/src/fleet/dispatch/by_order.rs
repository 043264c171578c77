//! Candidates when vehicles abound: from each pick-up, against the roads, the nearest vehicles that offer what it asks.

use super::candidates::{Candidate, Candidates, Tally};
use super::round::Round;
use crate::Budget;
use paceline_model::{Exclusion, GeofenceId, Millis};
use paceline_road::{Direction, Found, NearestQuery, RoadPoint, Search, Targets, TravelTimes, threads};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Vehicles that a class of orders may have, as search targets.
struct Class {
    vehicles: Vec<u32>,
    targets: Targets,
    /// Vehicles that offer what is asked but stand outside the area.
    outside: u32,
    /// First looks that were taken together, by order; empty where one search after the other costs less.
    looks: BTreeMap<u32, Vec<Found>>,
}

/// The kinds that offer what an order asks, and the areas that it and its policy name.
type ClassKey<'a> = (Vec<u32>, [Option<&'a GeofenceId>; 2]);

/// Further looks for an order whose nearest vehicles are ruled out, each over four times as many.
const LOOKS: usize = 3;
const WIDEN: usize = 4;
/// Feasible candidates with which an order is content.
const ENOUGH: usize = 4;

pub(super) fn find(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut classes: BTreeMap<ClassKey, Class> = BTreeMap::new();
    let mut found = Candidates::default();
    let rows = most_urgent_first(round);
    let mut members: BTreeMap<ClassKey, Vec<u32>> = BTreeMap::new();
    for &row in &rows {
        members.entry(class_key(round, row)).or_default().push(row);
    }
    for (searched, &row) in rows.iter().enumerate() {
        if budget.is_over() {
            found.ran_short(searched, rows.len(), "orders");
            break;
        }
        let key = class_key(round, row);
        let class = classes.entry(key).or_insert_with_key(|key| {
            let mut class = class(round, key);
            look_together(round, &mut class, &members[key], search, budget);
            class
        });
        nearest(round, row, class, search, budget, &mut found);
    }
    found
}

/// If the budget ends, it ends for those who have waited least.
fn most_urgent_first(round: &Round) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..round.orders.len() as u32).collect();
    rows.sort_by_key(|&row| (Reverse(round.order(row).failures), round.order(row).since));
    rows
}

fn class_key<'a>(round: &Round<'a>, row: u32) -> ClassKey<'a> {
    let order = round.order(row);
    let kinds = (0..).zip(&round.kinds).filter(|(_, kind)| kind.exclusion(order).is_none());
    let areas = [order.spec.geofence.as_ref(), round.policy(row).geofence.as_ref()];
    (kinds.map(|(number, _)| number).collect(), areas)
}

fn class(round: &Round, (kinds, areas): &ClassKey) -> Class {
    let offering =
        round.dispatchable.iter().copied().filter(|&row| kinds.contains(&round.kind_of[row as usize]));
    let inside = |&row: &u32| areas.iter().flatten().all(|area| round.inside(area, row));
    let (vehicles, outside): (Vec<u32>, Vec<u32>) = offering.partition(inside);
    let places: Vec<RoadPoint> = vehicles.iter().map(|&row| round.vehicle(row).place).collect();
    let targets = Targets::new(round.roads, &places);
    Class { targets, vehicles, outside: outside.len() as u32, looks: BTreeMap::new() }
}

/// Takes the first look for all orders of a class at once, if there are enough of them.
fn look_together(round: &Round, class: &mut Class, rows: &[u32], search: &mut Search, budget: &mut Budget) {
    let query = |&row: &u32| {
        let (count, bound) = first_look(round, row);
        NearestQuery { place: round.order(row).pickup, count: count.min(class.vehicles.len()), bound }
    };
    let count = usize::from(round.policy(rows[0]).candidates);
    if !round.roads.batching_pays(rows.len(), class.vehicles.len(), count) {
        return;
    }
    let queries: Vec<NearestQuery> = rows.iter().map(query).collect();
    let direction = Direction::ToSource;
    let looks = round.roads.nearest_for_all(search, &queries, &class.targets, direction, threads());
    budget.spend(search.settled().max(1));
    class.looks = rows.iter().copied().zip(looks).collect();
}

/// How many vehicles an order looks for at first, and how far.
fn first_look(round: &Round, row: u32) -> (usize, Millis) {
    let count = usize::from(round.policy(row).candidates) + round.order(row).declined.len();
    (count, round.reach(row).unwrap_or(Millis::ZERO))
}

/// What one search from an order met.
struct Look {
    near: Vec<Found>,
    /// No other vehicle of the class is within reach.
    exhausted: bool,
    /// What it took, in steps of the budget.
    steps: u64,
}

/// Looks for the nearest `count` vehicles of the class, or takes what was found for all of its orders together.
fn look(round: &Round, row: u32, class: &mut Class, count: usize, search: &mut Search) -> Look {
    // The search ends with the last vehicle that there is; asked for more, it would walk on to its bound.
    let count = count.min(class.vehicles.len());
    let (near, steps) = match class.looks.remove(&row) {
        Some(near) => (near, 1),
        None => {
            let (_, bound) = first_look(round, row);
            let query = NearestQuery { place: round.order(row).pickup, count, bound };
            let near = round.roads.nearest(search, query, &class.targets, Direction::ToSource);
            (near, search.settled().max(1))
        }
    };
    let exhausted = near.len() < count || count == class.vehicles.len();
    Look { near, exhausted, steps }
}

/// Adds the nearest feasible vehicles of one order, looking further while constraints leave it too few.
fn nearest(
    round: &Round,
    row: u32,
    class: &mut Class,
    search: &mut Search,
    budget: &mut Budget,
    found: &mut Candidates,
) {
    let wanted = usize::from(round.policy(row).candidates);
    let (mut count, _) = first_look(round, row);
    let first = found.pairs.len();
    for number in 1..=LOOKS {
        found.pairs.truncate(first);
        let look = look(round, row, class, count, search);
        let tally = weigh(round, row, class, &look, found);
        let goes_on = budget.spend(look.steps);
        found.ruled_out.insert(row, tally);
        let feasible = found.pairs.len() - first;
        if look.exhausted && feasible == 0 {
            found.unserveable.push(row);
        }
        if look.exhausted || !goes_on || number == LOOKS || feasible >= wanted.min(ENOUGH) {
            break;
        }
        count *= WIDEN;
    }
    found.pairs.truncate(first + wanted);
}

/// Adds the feasible pairs of one look; returns what ruled out the other vehicles of the class.
fn weigh(round: &Round, row: u32, class: &Class, look: &Look, found: &mut Candidates) -> Tally {
    let mut tally = Tally::default();
    tally.add(Exclusion::Geofence, class.outside);
    if look.exhausted {
        tally.add(Exclusion::TooFar, (class.vehicles.len() - look.near.len()) as u32);
    }
    for place in &look.near {
        let number = class.vehicles[place.target as usize];
        let vehicle = round.vehicle(number);
        match round.exclusion(row, vehicle, place.leg) {
            Some(reason) => tally.add(reason, 1),
            None => found.pairs.push(Candidate {
                order: row,
                vehicle: number,
                pickup: place.leg,
                price: round.price(row, vehicle, place.leg),
            }),
        }
    }
    tally
}
