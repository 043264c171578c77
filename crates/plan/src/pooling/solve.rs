//! The three levels one after the other, each starting from what the one before it left, until the budget ends.

use super::PoolingLevel;
use super::fleet::{Fleet, Offer};
use super::improve::improve;
use super::legs::Legs;
use super::problem::{Problem, Solution};
use super::report::Report;
use super::trips;
use crate::Budget;
use std::collections::BTreeMap;

/// A solution with the offers that the insertion weighed, by rider.
pub struct Solved {
    /// The routes.
    pub solution: Solution,
    /// What each open rider was offered, cheapest first, before anybody was placed.
    pub(super) offers: BTreeMap<u32, Vec<Offer>>,
    /// What happened.
    pub report: Report,
}

/// Plans shared rides; feasible whenever the budget ends. Same problem, seed and budget in steps, same answer.
pub fn solve(
    problem: &Problem,
    legs: &impl Legs,
    level: PoolingLevel,
    seed: u64,
    budget: &mut Budget,
) -> Solved {
    let mut report = Report::default();
    let mut fleet = Fleet::present(problem, legs);
    report.costs.push(("present", problem.cost(&fleet.schedules)));
    let offers = insert(&mut fleet, budget, &mut report);
    report.costs.push(("inserted", problem.cost(&fleet.schedules)));
    if level >= PoolingLevel::Trips {
        trips::choose(&mut fleet, &offers, seed, budget, &mut report);
        report.costs.push(("trips", problem.cost(&fleet.schedules)));
    }
    if level >= PoolingLevel::Improve {
        let fresh: Vec<u32> =
            offers.iter().filter(|(_, offers)| !offers.is_empty()).map(|(&rider, _)| rider).collect();
        improve(&mut fleet, &fresh, seed, budget, &mut report);
        report.costs.push(("improved", problem.cost(&fleet.schedules)));
    }
    Solved { solution: fleet.solution(), offers, report }
}

/// Level one: each open rider goes where they cost least, the most urgent first.
fn insert(
    fleet: &mut Fleet<'_, impl Legs>,
    budget: &mut Budget,
    report: &mut Report,
) -> BTreeMap<u32, Vec<Offer>> {
    let mut weighed = BTreeMap::new();
    let open = most_urgent_first(fleet.problem);
    for (done, &rider) in open.iter().enumerate() {
        if budget.is_over() {
            report.ran_short(format!(
                "the budget ended after {done} of {} open orders; the rest wait",
                open.len()
            ));
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

/// So many of those who came last go before the others of equal price. A round gets through them in a few hundredths of a
/// second.
const NEWEST: usize = 256;

/// Riders who are with nobody: dearest to leave first, then those who wait longest. Where very many wait, a round may not get
/// through them, and who has waited long has been looked at before and found no vehicle: those who came last go first then.
fn most_urgent_first(problem: &Problem) -> Vec<u32> {
    let holders = problem.holders();
    let mut open: Vec<u32> =
        (0..).zip(&holders).filter(|(_, holder)| holder.is_none()).map(|(row, _)| row).collect();
    let mut since: Vec<i64> = open.iter().map(|&row| problem.riders[row as usize].since).collect();
    since.sort_unstable_by_key(|&since| std::cmp::Reverse(since));
    let newest = since.get(NEWEST).copied().unwrap_or(i64::MIN);
    open.sort_by_key(|&row| {
        let rider = &problem.riders[row as usize];
        (std::cmp::Reverse(rider.unserved), rider.since < newest, rider.since, row)
    });
    open
}
