//! The reasons, kept with the decision: what was weighed for each order, and why it was not taken.

use super::candidates::{Candidate, Candidates};
use super::round::Round;
use crate::solver::assignment::Matching;
use crate::{Assignment, Policy, Report};
use paceline_model::{self as model, Exclusion, Millis, PassedOver, Weighing};

/// Candidates kept with a decision: the one that was taken and the next three.
const SHOWN: usize = 4;

/// Turns a matching into assignments and the findings for orders left open, both by order.
pub(super) fn explain(
    round: &Round,
    found: &Candidates,
    matching: &Matching,
    report: &mut Report,
) -> Vec<Assignment> {
    let order_of = order_of(round, matching);
    let mut assignments = Vec::new();
    let mut rest = found.pairs.as_slice();
    for &order in found.ruled_out.keys() {
        let (own, others) = rest.split_at(rest.partition_point(|pair| pair.order <= order));
        rest = others;
        let taken = matching.column_of[order as usize];
        let from = round.order(order).held.as_ref().map(|held| held.by);
        if from.is_some() && taken.map(|row| round.vehicle(row).idx) == from {
            continue;
        }
        let weighing = weigh(round, found, order, own, taken, &order_of);
        let idx = round.order(order).idx;
        match taken {
            Some(vehicle) if round.vehicle(vehicle).free_in > Millis::ZERO => {
                report.held_back += 1;
                report.undispatched.push((idx, held_back(weighing)));
            }
            Some(vehicle) => {
                let vehicle = round.vehicle(vehicle).idx;
                assignments.push(Assignment { order: idx, vehicle, from, weighing });
            }
            None if weighing.feasible == 0 && weighing.excluded.is_empty() => {}
            None => report.undispatched.push((idx, weighing)),
        }
    }
    assignments
}

/// What was weighed for an order that waits for the vehicle which it would take.
fn held_back(mut weighing: Weighing) -> Weighing {
    let taken = weighing.candidates.iter_mut().find(|candidate| candidate.passed_over.is_none());
    if let Some(taken) = taken {
        taken.passed_over = Some(PassedOver::FreeSoon);
    }
    weighing
}

fn order_of(round: &Round, matching: &Matching) -> Vec<Option<u32>> {
    let mut order_of = vec![None; round.snapshot.vehicles.len()];
    for (order, &vehicle) in (0..).zip(&matching.column_of) {
        if let Some(vehicle) = vehicle {
            order_of[vehicle as usize] = Some(order);
        }
    }
    order_of
}

/// `own` are the order's candidates, cheapest first.
fn weigh(
    round: &Round,
    found: &Candidates,
    order: u32,
    own: &[Candidate],
    taken: Option<u32>,
    order_of: &[Option<u32>],
) -> Weighing {
    let taken = taken.and_then(|vehicle| own.iter().find(|pair| pair.vehicle == vehicle));
    let mut shown: Vec<&Candidate> = own.iter().take(SHOWN).collect();
    if let (Some(taken), Some(last)) = (taken, shown.last_mut())
        && own.iter().skip(SHOWN).any(|pair| pair.vehicle == taken.vehicle)
    {
        // The list stays cheapest first, and the taken one never falls off its end, not even in a tie.
        *last = taken;
    }
    show_holder(round, order, own, taken, &mut shown);
    let candidates = shown.into_iter().map(|pair| {
        let serves = order_of[pair.vehicle as usize];
        describe(round, pair, passed_over(round, pair, taken, serves))
    });
    Weighing {
        made_from: round.snapshot.version,
        policy: round.policy_name(order).into(),
        candidates: candidates.collect(),
        feasible: own.len() as u32,
        excluded: excluded(round, found, order),
    }
}

/// An order that is moved says what it is moved from.
fn show_holder<'a>(
    round: &Round,
    order: u32,
    own: &'a [Candidate],
    taken: Option<&Candidate>,
    shown: &mut [&'a Candidate],
) {
    let holder = round.order(order).held.as_ref().and_then(|held| round.row_of(held.by));
    let Some(holder) = own.iter().find(|pair| Some(pair.vehicle) == holder) else { return };
    if shown.iter().any(|pair| pair.vehicle == holder.vehicle) {
        return;
    }
    let other = |pair: &&&mut &Candidate| taken.is_none_or(|taken| taken.vehicle != pair.vehicle);
    if let Some(last) = shown.iter_mut().rev().find(|pair| other(&pair)) {
        *last = holder;
    }
    shown.sort_by_key(|pair| (pair.price, pair.vehicle));
}

fn passed_over(
    round: &Round,
    pair: &Candidate,
    taken: Option<&Candidate>,
    serves: Option<u32>,
) -> Option<PassedOver> {
    let instead = serves.map(|other| PassedOver::ServesInstead(round.order(other).id().clone()));
    match taken {
        Some(taken) if taken.vehicle == pair.vehicle => None,
        Some(taken) if pair.price > taken.price => Some(PassedOver::Dearer),
        Some(_) => Some(instead.unwrap_or(PassedOver::Dearer)),
        None => Some(instead.unwrap_or(PassedOver::DearerThanWaiting)),
    }
}

fn describe(round: &Round, pair: &Candidate, passed_over: Option<PassedOver>) -> model::Candidate {
    let vehicle = round.vehicle(pair.vehicle);
    model::Candidate {
        vehicle: vehicle.id().clone(),
        position: vehicle.reading.position,
        pickup_time: vehicle.free_in.saturating_add(pair.pickup.time),
        pickup_distance: pair.pickup.distance,
        price: round.policy(pair.order).price(round.at(), round.order(pair.order), vehicle, pair.pickup),
        passed_over,
    }
}

/// What the searches ruled out, and what was out at sight: kinds that lack something, vehicles outside the policy's area.
fn excluded(round: &Round, found: &Candidates, order: u32) -> Vec<model::Excluded> {
    let mut tally = found.ruled_out.get(&order).copied().unwrap_or_default();
    for kind in &round.kinds {
        if let Some(reason) = kind.exclusion(round.order(order)) {
            tally.add(reason, kind.vehicles);
        }
    }
    let outside = round.snapshot.vehicles.len() - round.dispatchable.len();
    tally.add(Exclusion::Geofence, outside as u32);
    tally.excluded()
}
