//! Level one: each open rider goes where they cost least. Promised ones stay with their vehicle.
//!
//! Where few are open nearly all are placed, one after the other. Where more ask than can be served, it matters who is
//! taken: those who cost least of the fleet's time.

use super::fleet::{Fleet, Offer};
use super::legs::Legs;
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
pub(super) fn insert(
    fleet: &mut Fleet<'_, impl Legs>,
    budget: &mut Budget,
    report: &mut Report,
) -> BTreeMap<u32, Vec<Offer>> {
    let holders = fleet.problem.holders();
    let open: Vec<u32> =
        (0..).zip(&holders).filter(|(_, holder)| holder.is_none()).map(|(row, _)| row).collect();
    if open.len() > CROWD {
        cheapest_first(fleet, open, budget, report)
    } else {
        in_turn(fleet, open, budget, report)
    }
}

/// Dearest to leave first, then those who wait longest: nearly all are placed, and those go first who can wait least.
fn in_turn(
    fleet: &mut Fleet<'_, impl Legs>,
    mut open: Vec<u32>,
    budget: &mut Budget,
    report: &mut Report,
) -> BTreeMap<u32, Vec<Offer>> {
    let mut weighed = BTreeMap::new();
    let riders = &fleet.problem.riders;
    open.sort_by_key(|&row| (Reverse(riders[row as usize].unserved), riders[row as usize].since, row));
    for (done, &rider) in open.iter().enumerate() {
        if budget.is_over() {
            report.ran_short(unseen(done, open.len()));
            break;
        }
        let offers = fleet.offers(rider, budget);
        report.offers += offers.len() as u32;
        let price = fleet.problem.riders[rider as usize].unserved;
        let taken = offers.iter().take_while(|offer| offer.insertion.cost < price);
        report.inserted += u32::from(taken.copied().any(|offer| fleet.put(offer, rider)));
        weighed.insert(rider, offers);
    }
    weighed
}

/// Dearest to leave first, then those who take least of the fleet's time: where far more ask than can be served, the fleet's
/// time is what is scarce. Looks at those first who came last: the others have been looked at before and found no vehicle.
fn cheapest_first(
    fleet: &mut Fleet<'_, impl Legs>,
    mut open: Vec<u32>,
    budget: &mut Budget,
    report: &mut Report,
) -> BTreeMap<u32, Vec<Offer>> {
    let mut weighed = BTreeMap::new();
    let problem = fleet.problem;
    let price = |rider: u32| problem.riders[rider as usize].unserved;
    open.sort_by_key(|&row| (Reverse(price(row)), Reverse(problem.riders[row as usize].since), row));
    // What a rider has waited is spent; what counts is what taking them costs from now on.
    let rank = |rider: u32, offer: &Offer| {
        let waited = (-problem.riders[rider as usize].since).max(0) * problem.rules.delay_price / 1_000;
        Reverse((Reverse(price(rider)), offer.insertion.cost - waited, rider, offer.vehicle))
    };
    let mut queue = BinaryHeap::new();
    for (done, &rider) in open.iter().enumerate() {
        if budget.share() >= LOOK_SHARE || budget.is_over() {
            report.ran_short(unseen(done, open.len()));
            break;
        }
        let offers = fleet.offers(rider, budget);
        report.offers += offers.len() as u32;
        queue.extend(offers.first().map(|offer| rank(rider, offer)));
        weighed.insert(rider, offers);
    }
    while let Some(Reverse(next)) = queue.pop() {
        if budget.is_over() {
            break;
        }
        let rider = next.2;
        let again = |offer: &Offer| fleet.offer(offer.vehicle, rider);
        let asked = weighed[&rider].iter().take(AGAIN).filter_map(again);
        let best = asked.min_by_key(|offer| (offer.insertion.cost, offer.vehicle));
        budget.spend(AGAIN as u64 * 20);
        match best {
            Some(offer) if offer.insertion.cost >= price(rider) => {}
            Some(offer) if rank(rider, &offer) == Reverse(next) => {
                report.inserted += u32::from(fleet.put(offer, rider));
            }
            Some(offer) => queue.push(rank(rider, &offer)),
            None => {}
        }
    }
    weighed
}

fn unseen(seen: usize, open: usize) -> String {
    format!("the budget ended after {seen} of {open} open orders; the rest wait")
}
