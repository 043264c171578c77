//! Level three: routes are taken apart and put together again while there is time. A few riders near each other in place
//! are taken out of their routes, whoever has them, and put back in by regret: first the one whose second-best vehicle is
//! the most dearer. What costs less stays.
//!
//! Source: Shaw, "Using Constraint Programming and Local Search Methods to Solve Vehicle Routing Problems", CP 1998, for
//! removing what is related; Ropke and Pisinger, Transportation Science 40(4), 2006, for regret.

use super::fleet::{Fleet, Offer};
use super::legs::Legs;
use super::report::Report;
use super::schedule::Schedule;
use crate::Budget;
use crate::rng::Rng;
use std::collections::BTreeMap;

/// Riders taken out at once: at least two, at most this many.
const OUT_MAX: usize = 7;
/// Vehicles tried for each rider: its cheapest when it was first looked at, and whoever gave riders away.
const REACH: usize = 40;
/// Tries without success after which a round has run its course.
const STALE_MAX: u32 = 300;

/// Improves the routes until the budget ends or nothing has helped for long. They cost no more afterwards.
pub(super) fn improve(
    fleet: &mut Fleet<'_, impl Legs>,
    fresh: &[u32],
    seed: u64,
    budget: &mut Budget,
    report: &mut Report,
) {
    let mut riders: Vec<u32> = (0..fleet.schedules.len() as u32).flat_map(|row| fleet.loose(row)).collect();
    riders.extend(fresh.iter().filter(|&&rider| fleet.holder(rider).is_none()));
    riders.sort_unstable();
    riders.dedup();
    if riders.len() < 2 || fresh.is_empty() {
        return;
    }
    let mut search = Search { fleet, riders, reach: BTreeMap::new(), rng: Rng::new(seed) };
    let mut stale = 0;
    while stale < STALE_MAX && !budget.is_over() {
        report.tries += 1;
        stale += 1;
        let first = fresh[search.rng.below(fresh.len())];
        if search.attempt(first, budget) {
            (stale, report.improved) = (0, report.improved + 1);
        }
    }
}

struct Search<'f, 'a, L> {
    fleet: &'f mut Fleet<'a, L>,
    /// Everybody who may change vehicles.
    riders: Vec<u32>,
    /// The vehicles worth trying for a rider.
    reach: BTreeMap<u32, Vec<u32>>,
    rng: Rng,
}

impl<L: Legs> Search<'_, '_, L> {
    /// Takes some riders out around `first` and puts them back; whether that helped. If not, nothing has changed.
    fn attempt(&mut self, first: u32, budget: &mut Budget) -> bool {
        let out = self.related(first, budget);
        for &rider in &out {
            self.look(rider, budget);
        }
        let mut saved: BTreeMap<u32, Schedule> = BTreeMap::new();
        let holders: Vec<Option<u32>> = out.iter().map(|&rider| self.fleet.holder(rider)).collect();
        let mut loss: i64 = 0;
        for (&rider, &holder) in out.iter().zip(&holders) {
            let Some(vehicle) = holder else {
                loss -= self.fleet.problem.riders[rider as usize].unserved;
                continue;
            };
            let Some(without) = self.fleet.without(vehicle, &[rider]) else { return self.undo(saved) };
            loss += self.replace(vehicle, without, &mut saved);
        }
        let placed = self.put_back(&out, &holders, &mut saved, budget);
        loss += placed;
        loss < 0 || self.undo(saved)
    }

    /// Changes a route, and says what that adds to the cost.
    fn replace(&mut self, vehicle: u32, schedule: Schedule, saved: &mut BTreeMap<u32, Schedule>) -> i64 {
        let added = schedule.cost - self.fleet.schedules[vehicle as usize].cost;
        let before = self.fleet.assign(vehicle, schedule);
        saved.entry(vehicle).or_insert(before);
        added
    }

    fn undo(&mut self, saved: BTreeMap<u32, Schedule>) -> bool {
        for (vehicle, schedule) in saved {
            self.fleet.assign(vehicle, schedule);
        }
        false
    }

    /// `first`, and some of those whose pick-ups are nearest to it, by the drive.
    fn related(&mut self, first: u32, budget: &mut Budget) -> Vec<u32> {
        let (problem, legs) = (self.fleet.problem, self.fleet.legs);
        let place = |rider: u32| problem.riders[rider as usize].pickup;
        let others = self.riders.iter().filter(|&&rider| rider != first);
        let mut near: Vec<(u32, u32)> =
            others.map(|&rider| (legs.leg(place(first), place(rider)).time.0, rider)).collect();
        budget.spend(near.len() as u64 / 2 + 1);
        let wanted = 1 + self.rng.below(OUT_MAX - 1);
        let pool = (3 * wanted).min(near.len());
        if pool < near.len() {
            near.select_nth_unstable(pool);
        }
        near.truncate(pool);
        near.sort_unstable();
        let mut out = vec![first];
        while out.len() <= wanted && !near.is_empty() {
            out.push(near.remove(self.rng.below(near.len())).1);
        }
        out
    }

    /// Finds the vehicles worth trying for a rider, once.
    fn look(&mut self, rider: u32, budget: &mut Budget) {
        if !self.reach.contains_key(&rider) {
            let offers = self.fleet.offers(rider, budget);
            self.reach.insert(rider, offers.iter().take(REACH).map(|offer| offer.vehicle).collect());
        }
    }

    /// Puts riders into routes by regret. Returns what that adds, those left out at their price.
    fn put_back(
        &mut self,
        out: &[u32],
        holders: &[Option<u32>],
        saved: &mut BTreeMap<u32, Schedule>,
        budget: &mut Budget,
    ) -> i64 {
        let mut waiting: Vec<(u32, Vec<Offer>)> = Vec::with_capacity(out.len());
        for &rider in out {
            let mut vehicles = self.reach[&rider].clone();
            vehicles.extend(holders.iter().flatten());
            vehicles.sort_unstable();
            vehicles.dedup();
            waiting.push((rider, self.offers(&vehicles, rider, budget)));
        }
        let mut added = 0;
        while let Some(next) = most_regretted(&waiting, self.fleet) {
            let (rider, offers) = waiting.swap_remove(next);
            let best = offers.iter().min_by_key(|offer| offer.order()).copied();
            let route = best.and_then(|offer| Some((offer.vehicle, self.fleet.with(offer, rider)?)));
            let Some((vehicle, schedule)) = route else {
                added += self.fleet.problem.riders[rider as usize].unserved;
                continue;
            };
            added += self.replace(vehicle, schedule, saved);
            for (other, offers) in &mut waiting {
                let was = offers.iter().any(|offer| offer.vehicle == vehicle);
                offers.retain(|offer| offer.vehicle != vehicle);
                if was {
                    offers.extend(self.offers(&[vehicle], *other, budget));
                }
            }
        }
        added
    }

    fn offers(&self, vehicles: &[u32], rider: u32, budget: &mut Budget) -> Vec<Offer> {
        let steps: u64 =
            vehicles.iter().map(|&row| 4 + 4 * self.fleet.schedules[row as usize].stops.len() as u64).sum();
        budget.spend(steps);
        let may = vehicles.iter().filter(|&&vehicle| self.fleet.problem.may_have(vehicle, rider));
        may.filter_map(|&vehicle| self.fleet.offer(vehicle, rider)).collect()
    }
}

/// The place of the rider who would lose most by losing its best offer; ties to the lowest row.
fn most_regretted(waiting: &[(u32, Vec<Offer>)], fleet: &Fleet<'_, impl Legs>) -> Option<usize> {
    let regret = |(rider, offers): &(u32, Vec<Offer>)| {
        let (mut best, mut second) = (i64::MAX, i64::MAX);
        for offer in offers {
            let cost = offer.insertion.cost;
            (best, second) = if cost < best { (cost, best) } else { (best, second.min(cost)) };
        }
        let price = fleet.problem.riders[*rider as usize].unserved;
        second.min(price).saturating_sub(best.min(price))
    };
    let places = waiting.iter().enumerate();
    places.max_by_key(|(_, entry)| (regret(entry), std::cmp::Reverse(entry.0))).map(|(place, _)| place)
}
