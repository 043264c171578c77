//! Level one: each open rider goes where they cost least. Promised ones stay with their vehicle.
//!
//! Where few are open nearly all are placed, one after the other. Where more ask than can be served, it matters who is
//! taken: those who cost least of the fleet's time.

use super::fleet::{Fleet, Offer};
use super::legs::Legs;
use super::problem::Rider;
use super::report::Report;
use crate::Budget;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Above so many open riders a round chooses whom it takes. A round looks at so many in a few hundredths of a second.
const CROWD: usize = 256;
/// Part of the budget for looking at riders where they are many; the rest is for placing them.
const LOOK_SHARE: f64 = 0.8;
/// Vehicles that are asked again when the one that a rider was meant for has taken somebody else meanwhile.
const AGAIN: usize = 8;

/// Places open riders until the budget ends; returns what each was offered, cheapest first, before they were placed.
///
/// Dearest to leave first. Few: then those who wait longest, each placed at once, for they can wait least. A crowd: those
/// who came last are looked at first, for the others have been looked at before and found no vehicle, and then the
/// cheapest of all are placed.
pub(super) fn insert(
    fleet: &mut Fleet<'_, impl Legs>,
    budget: &mut Budget,
    report: &mut Report,
) -> BTreeMap<u32, Vec<Offer>> {
    let riders = &fleet.problem.riders;
    let holders = fleet.problem.holders();
    let mut open: Vec<u32> =
        (0..).zip(&holders).filter(|(_, holder)| holder.is_none()).map(|(row, _)| row).collect();
    let crowd = open.len() > CROWD;
    let look_share = if crowd { LOOK_SHARE } else { 1.0 };
    open.sort_by_key(|&row| {
        let Rider { unserved, since, .. } = riders[row as usize];
        (Reverse(unserved), if crowd { -since } else { since }, row)
    });
    let mut weighed = BTreeMap::new();
    for (done, &rider) in open.iter().enumerate() {
        if budget.share() >= look_share || budget.is_over() {
            let count = open.len();
            report.ran_short(format!("the budget ended after {done} of {count} open orders; the rest wait"));
            break;
        }
        let offers = fleet.offers(rider, budget);
        report.offers += offers.len() as u32;
        if !crowd {
            let price = riders[rider as usize].unserved;
            let taken = offers.iter().take_while(|offer| offer.insertion.cost < price);
            report.inserted += u32::from(taken.copied().any(|offer| fleet.put(offer, rider)));
        }
        weighed.insert(rider, offers);
    }
    if crowd {
        place_cheapest(fleet, &weighed, budget, report);
    }
    weighed
}

/// Dearest to leave first, then those who take least of the fleet's time.
fn place_cheapest(
    fleet: &mut Fleet<'_, impl Legs>,
    weighed: &BTreeMap<u32, Vec<Offer>>,
    budget: &mut Budget,
    report: &mut Report,
) {
    let problem = fleet.problem;
    let price = |rider: u32| problem.riders[rider as usize].unserved;
    // What a rider has waited is spent; what counts is what taking them costs from now on.
    let rank = |rider: u32, offer: &Offer| {
        let waited = (-problem.riders[rider as usize].since).max(0) * problem.rules.delay_price / 1_000;
        Reverse((Reverse(price(rider)), offer.insertion.cost - waited, rider, offer.vehicle))
    };
    let offered = weighed.iter().filter_map(|(&rider, offers)| Some(rank(rider, offers.first()?)));
    let mut queue: BinaryHeap<_> = offered.collect();
    while let Some(next) = queue.pop() {
        if budget.is_over() {
            break;
        }
        let rider = next.0.2;
        let again = |offer: &Offer| fleet.offer(offer.vehicle, rider);
        let best = weighed[&rider].iter().take(AGAIN).filter_map(again).min_by_key(Offer::order);
        budget.spend(AGAIN as u64 * 20);
        match best {
            Some(offer) if offer.insertion.cost >= price(rider) => {}
            Some(offer) if rank(rider, &offer) == next => {
                report.inserted += u32::from(fleet.put(offer, rider));
            }
            Some(offer) => queue.push(rank(rider, &offer)),
            None => {}
        }
    }
}
