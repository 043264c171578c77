//! The reasons, kept with the decision: which vehicles could have taken a party, and at what price to everybody.

use super::fleet::Offer;
use super::round::span;
use crate::snapshot::Pool;
use crate::{PoolingSpec, Snapshot};
use paceline_model::{Candidate, Centimetres, PassedOver, PriceKind, PricePart, Weighing};

/// Candidates kept with a decision: the one that was taken and the next three.
const SHOWN: usize = 4;

/// What was weighed for one party. `taken` is the vehicle that has it now, and when it will be there.
pub(super) fn weigh(
    snapshot: &Snapshot,
    pool: &Pool,
    offers: &[Offer],
    taken: Option<(u32, i64)>,
    _spec: &PoolingSpec,
) -> Weighing {
    let mut shown: Vec<Offer> = offers.iter().take(SHOWN).copied().collect();
    if let Some((vehicle, _)) = taken
        && !shown.iter().any(|offer| offer.vehicle == vehicle)
        && let Some(&offer) = offers.iter().find(|offer| offer.vehicle == vehicle)
    {
        shown.truncate(SHOWN - 1);
        shown.push(offer);
    }
    let mut candidates: Vec<Candidate> =
        shown.iter().map(|offer| candidate(pool, offer, offers, taken)).collect();
    if let Some((vehicle, picked_up)) = taken
        && !shown.iter().any(|offer| offer.vehicle == vehicle)
    {
        // A choice of routes together can give a party to a vehicle that could not have taken it alone.
        candidates.truncate(SHOWN - 1);
        candidates.push(taken_together(pool, vehicle, picked_up));
    }
    Weighing {
        made_from: snapshot.version,
        policy: "pooled".into(),
        candidates,
        feasible: offers.len() as u32,
        excluded: Vec::new(),
    }
}

fn candidate(pool: &Pool, offer: &Offer, offers: &[Offer], taken: Option<(u32, i64)>) -> Candidate {
    let is_taken = taken.is_some_and(|(vehicle, _)| vehicle == offer.vehicle);
    let supply = &pool.vehicles[offer.vehicle as usize].supply;
    let cheapest = offers.first().map_or(0, |first| first.insertion.cost);
    let reason = match taken {
        None => PassedOver::DearerThanWaiting,
        Some(_) if offer.insertion.cost > cheapest => PassedOver::Dearer,
        Some(_) => PassedOver::Dearer,
    };
    Candidate {
        vehicle: supply.id().clone(),
        position: supply.reading.position,
        pickup_time: span(offer.insertion.picked_up),
        pickup_distance: Centimetres(0),
        price: vec![PricePart { kind: PriceKind::Delay, amount: offer.insertion.cost }],
        passed_over: (!is_taken).then_some(reason),
    }
}

fn taken_together(pool: &Pool, vehicle: u32, picked_up: i64) -> Candidate {
    let supply = &pool.vehicles[vehicle as usize].supply;
    Candidate {
        vehicle: supply.id().clone(),
        position: supply.reading.position,
        pickup_time: span(picked_up),
        pickup_distance: Centimetres(0),
        price: Vec::new(),
        passed_over: None,
    }
}
