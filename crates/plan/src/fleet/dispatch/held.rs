//! Orders that a vehicle is on its way to, and that may be given to another one: they are in the batch like all others, with
//! three differences. Their present pair is always there, nobody else may come later than was promised, and none of them is
//! ever left without a vehicle.

use super::candidates::{Candidate, Candidates};
use super::round::Round;
use crate::rows::Supply;
use crate::solver::assignment::{AssignmentProblem, Matching};
use paceline_model::{Driver, Instant, Millis};
use paceline_road::{Leg, RoadPoint, Roads, Search, TravelTimes};

/// Older readings than this say too little of where a vehicle is to be counted on.
const READING_AGE_MAX: Millis = Millis::from_secs(120);

/// The drive of the vehicle that is on its way, from where it is by now: it has gone on as planned since it last spoke.
pub(super) fn rest_of_drive(
    roads: &Roads,
    search: &mut Search,
    at: Instant,
    vehicle: &Supply,
    pickup: RoadPoint,
) -> Leg {
    let leg = roads.leg(search, vehicle.place, pickup);
    if !leg.is_reachable() {
        return leg;
    }
    let age = at.since(vehicle.reading.at).min(READING_AGE_MAX);
    Leg { time: leg.time.saturating_sub(age), ..leg }
}

/// Puts the present pairs in, as they are by now, and takes out those that would break a promise.
pub(super) fn add_own_pairs(round: &Round, search: &mut Search, found: &mut Candidates) {
    let held = (0..).zip(round.orders).filter_map(|(row, order)| Some((row, order.held.as_ref()?)));
    let mut own: Vec<(Candidate, Instant)> = Vec::new();
    for (order, held) in held {
        let Some(vehicle) = round.row_of(held.by) else { continue };
        let supply = round.vehicle(vehicle);
        let mut pickup = rest_of_drive(round.roads, search, round.at(), supply, round.order(order).pickup);
        if !pickup.is_reachable() {
            // Roads may have been closed behind it; it goes on all the same, and nobody knows how long.
            pickup = Leg { time: held.promised.since(round.at()), ..Leg::default() };
        }
        let by = held.promised.max(round.at() + pickup.time);
        own.push((Candidate { order, vehicle, pickup, price: round.price(order, supply, pickup) }, by));
    }
    if own.is_empty() {
        return;
    }
    let unasked = |vehicle| round.vehicle(vehicle).spec.driver == Driver::Automatic;
    found.pairs.retain(|pair| match own.binary_search_by_key(&pair.order, |(own, _)| own.order) {
        Ok(at) => {
            let (own, by) = &own[at];
            pair.vehicle != own.vehicle && unasked(pair.vehicle) && round.at() + pair.pickup.time <= *by
        }
        Err(_) => true,
    });
    for (pair, _) in own {
        found.ruled_out.entry(pair.order).or_default();
        found.pairs.push(pair);
    }
    found.sort();
}

/// Prices held orders above whatever could be gained by leaving one out: a vehicle that drops one serves one other at most.
pub(super) fn never_leave_out(round: &Round, rows: &[u32], problem: &mut AssignmentProblem) {
    let is_held = |row: &u32| round.order(*row).held.is_some();
    if !rows.iter().any(is_held) {
        return;
    }
    let dearest = problem.unassigned_cost.iter().copied().max().unwrap_or(0);
    for (cost, _) in problem.unassigned_cost.iter_mut().zip(rows).filter(|(_, row)| is_held(row)) {
        *cost = dearest + round.policies.base();
    }
}

/// Per vehicle row, whether it is on its way to an order of the round.
pub(super) fn bound(round: &Round) -> Vec<bool> {
    let mut bound = vec![false; round.snapshot.vehicles.len()];
    let holders = round.orders.iter().filter_map(|order| order.held.as_ref());
    for row in holders.filter_map(|held| round.row_of(held.by)) {
        bound[row as usize] = true;
    }
    bound
}

/// A round that was cut short moves nobody: what it gives away are free vehicles to open orders.
pub(super) fn keep_all(round: &Round, matching: &mut Matching) {
    let bound = bound(round);
    for (order, vehicle) in round.orders.iter().zip(&mut matching.column_of) {
        match &order.held {
            Some(held) => *vehicle = round.row_of(held.by),
            None => *vehicle = vehicle.filter(|&row| !bound[row as usize]),
        }
    }
}
