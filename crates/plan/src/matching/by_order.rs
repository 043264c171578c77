//! Candidates when vehicles abound: from each pick-up, against the roads, the nearest vehicles that offer what it asks.

use super::candidates::{Candidate, Candidates, Tally};
use super::round::Round;
use crate::Budget;
use crate::snapshot::Demand;
use paceline_model::{Exclusion, GeofenceId, Millis};
use paceline_road::{Direction, RoadPoint, Search, Targets, TravelTimes};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Vehicles that a class of orders may have, as search targets.
struct Class {
    vehicles: Vec<u32>,
    targets: Targets,
    /// Vehicles that offer what is asked but stand outside the area.
    outside: u32,
}

/// The kinds that offer what an order asks, and the area that it names.
type ClassKey<'a> = (Vec<u32>, Option<&'a GeofenceId>);

/// Further looks for an order whose nearest vehicles are ruled out, each over four times as many.
const LOOKS: usize = 3;
const WIDEN: usize = 4;
/// Feasible candidates with which an order is content.
const ENOUGH: usize = 4;

pub(super) fn find(round: &Round, search: &mut Search, budget: &mut Budget) -> Candidates {
    let mut classes: BTreeMap<ClassKey, Class> = BTreeMap::new();
    let mut found = Candidates::default();
    let rows = most_urgent_first(round);
    for (searched, &row) in rows.iter().enumerate() {
        if budget.is_over() {
            found.ran_short(searched, rows.len(), "orders");
            break;
        }
        let order = round.order(row);
        let key = class_key(round, order);
        let class = classes.entry(key).or_insert_with_key(|key| class(round, key));
        nearest(round, row, class, search, budget, &mut found);
    }
    found
}

/// If the budget ends, it ends for those who have waited least.
fn most_urgent_first(round: &Round) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..round.snapshot.orders.len() as u32).collect();
    rows.sort_by_key(|&row| (Reverse(round.order(row).failures), round.order(row).since));
    rows
}

fn class_key<'a>(round: &Round<'a>, order: &'a Demand) -> ClassKey<'a> {
    let kinds = (0..).zip(&round.kinds).filter(|(_, kind)| kind.exclusion(order).is_none());
    (kinds.map(|(number, _)| number).collect(), order.spec.geofence.as_ref())
}

fn class(round: &Round, (kinds, area): &ClassKey) -> Class {
    let offering =
        round.dispatchable.iter().copied().filter(|&row| kinds.contains(&round.kind_of[row as usize]));
    let (vehicles, outside): (Vec<u32>, Vec<u32>) =
        offering.partition(|&row| area.is_none_or(|area| round.inside(area, row)));
    let places: Vec<RoadPoint> = vehicles.iter().map(|&row| round.vehicle(row).place).collect();
    Class { targets: Targets::new(round.roads, &places), vehicles, outside: outside.len() as u32 }
}

/// Adds the nearest feasible vehicles of one order, looking further while constraints leave it too few.
fn nearest(
    round: &Round,
    row: u32,
    class: &Class,
    search: &mut Search,
    budget: &mut Budget,
    found: &mut Candidates,
) {
    let order = round.order(row);
    let wanted = usize::from(round.policy.candidates);
    let mut count = wanted + order.declined.len();
    let first = found.pairs.len();
    for look in 1..=LOOKS {
        found.pairs.truncate(first);
        let mut tally = Tally::default();
        tally.add(Exclusion::Geofence, class.outside);
        let exhausted = one_look(round, row, class, count, search, found, &mut tally);
        let goes_on = budget.spend(search.settled().max(1));
        found.ruled_out.insert(row, tally);
        if exhausted || !goes_on || look == LOOKS || found.pairs.len() - first >= wanted.min(ENOUGH) {
            break;
        }
        count *= WIDEN;
    }
    found.pairs.truncate(first + wanted);
}

/// Whether all vehicles within reach were seen.
fn one_look(
    round: &Round,
    row: u32,
    class: &Class,
    count: usize,
    search: &mut Search,
    found: &mut Candidates,
    tally: &mut Tally,
) -> bool {
    let order = round.order(row);
    // The search ends with the last vehicle that there is; asked for more, it would walk on to its bound.
    let count = count.min(class.vehicles.len());
    let reach = round.reach(order).unwrap_or(Millis::ZERO);
    let near = round.roads.nearest(search, order.pickup, &class.targets, Direction::ToSource, count, reach);
    let exhausted = near.len() < count || count == class.vehicles.len();
    if exhausted {
        tally.add(Exclusion::TooFar, (class.vehicles.len() - near.len()) as u32);
    }
    for place in near {
        let number = class.vehicles[place.target as usize];
        let vehicle = round.vehicle(number);
        match round.exclusion(order, vehicle, place.leg) {
            Some(reason) => tally.add(reason, 1),
            None => found.pairs.push(Candidate {
                order: row,
                vehicle: number,
                pickup: place.leg,
                price: round.price(order, vehicle, place.leg),
            }),
        }
    }
    exhausted
}
