//! The reasons, kept with the decision: which vehicles could have taken a party, and at what price to everybody.

use super::fleet::Offer;
use super::round::span;
use crate::rows::Pool;
use crate::{PolicyKind, Snapshot};
use paceline_model::{Candidate, Centimetres, PassedOver, PriceKind, PricePart, Weighing};

/// Candidates kept with a decision: the one that was taken and the next three.
const SHOWN: usize = 4;

/// The vehicle that has a party now.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) vehicle: u32,
    /// When it will be at the pick-up.
    pub(super) picked_up: i64,
    /// What the party's own delay costs.
    pub(super) delay: i64,
}

/// What was weighed for one party: offers before anybody was placed, cheapest first, and what came of it.
pub(super) fn weigh(snapshot: &Snapshot, pool: &Pool, offers: &[Offer], taken: Option<Taken>) -> Weighing {
    let is_taken = |offer: &&Offer| taken.is_some_and(|taken| taken.vehicle == offer.vehicle);
    let others = offers.iter().filter(|offer| !is_taken(offer));
    let reason = if taken.is_some() { PassedOver::Dearer } else { PassedOver::DearerThanWaiting };
    let mut candidates: Vec<Candidate> = Vec::with_capacity(SHOWN);
    if let Some(taken) = taken {
        // Where routes are chosen together, a party can go to a vehicle that could not have taken it alone.
        let offered = offers.iter().find(is_taken).map(|offer| offer.insertion.cost);
        let cost = offered.unwrap_or(taken.delay);
        candidates.push(candidate(pool, taken.vehicle, taken.picked_up, cost, None));
    }
    candidates.extend(others.take(SHOWN - candidates.len()).map(|offer| {
        let insertion = offer.insertion;
        candidate(pool, offer.vehicle, insertion.picked_up, insertion.cost, Some(reason.clone()))
    }));
    candidates.sort_by_key(Candidate::total);
    Weighing {
        made_from: snapshot.version,
        policy: PolicyKind::Pooled.to_string(),
        candidates,
        feasible: offers.len() as u32,
        excluded: Vec::new(),
    }
}

fn candidate(
    pool: &Pool,
    vehicle: u32,
    picked_up: i64,
    amount: i64,
    passed_over: Option<PassedOver>,
) -> Candidate {
    let supply = &pool.vehicles[vehicle as usize].supply;
    Candidate {
        vehicle: supply.id().clone(),
        position: supply.reading.position,
        pickup_time: span(picked_up),
        // Others may be picked up and dropped off on the way: there is no drive of its own.
        pickup_distance: Centimetres(0),
        price: vec![PricePart { kind: PriceKind::Delay, amount }],
        passed_over,
    }
}
