//! All routes with their times while they are being changed, and what taking one more party would cost each of them.

use super::insert::{self, Insertion};
use super::legs::Legs;
use super::problem::{Problem, Solution};
use super::schedule::Schedule;
use crate::Budget;
use paceline_model::StopKind;

/// Routes in the making. Every one keeps the rules at all times.
#[derive(Clone)]
pub(super) struct Fleet<'a, L> {
    pub(super) problem: &'a Problem,
    pub(super) legs: &'a L,
    pub(super) schedules: Vec<Schedule>,
    holders: Vec<Option<u32>>,
}

/// One vehicle that could take a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) vehicle: u32,
    pub(super) insertion: Insertion,
}

impl Offer {
    /// Cheapest first, ties to the lowest vehicle.
    pub(super) fn order(&self) -> (i64, u32) {
        (self.insertion.cost, self.vehicle)
    }
}

impl<'a, L: Legs> Fleet<'a, L> {
    /// Everybody as they are.
    pub(super) fn present(problem: &'a Problem, legs: &'a L) -> Self {
        let routes = (0..).zip(&problem.vehicles);
        let schedules =
            routes.map(|(row, vehicle)| Schedule::lenient(problem, legs, row, vehicle.route.clone()));
        Self { problem, legs, schedules: schedules.collect(), holders: problem.holders() }
    }

    /// All vehicles that can take `rider`, cheapest first.
    pub(super) fn offers(&self, rider: u32, budget: &mut Budget) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        let mut steps = self.schedules.len() as u64 / 4;
        for vehicle in 0..self.schedules.len() as u32 {
            if self.is_near(vehicle, rider) && self.problem.may_have(vehicle, rider) {
                let (stops, offer) = (&self.schedules[vehicle as usize].stops, self.offer(vehicle, rider));
                // Without an offer most places were passed over unseen.
                steps += stops.len() as u64 * if offer.is_some() { 4 } else { 2 } + 4;
                offers.extend(offer);
            }
        }
        budget.spend(steps);
        offers.sort_unstable_by_key(Offer::order);
        offers
    }

    /// The cheapest way for one vehicle to take `rider`.
    pub(super) fn offer(&self, vehicle: u32, rider: u32) -> Option<Offer> {
        let schedule = &self.schedules[vehicle as usize];
        let insertion = insert::cheapest(self.problem, self.legs, vehicle, schedule, rider)?;
        Some(Offer { vehicle, insertion })
    }

    /// Whether the vehicle would be in time if it went to the pick-up and nowhere else.
    pub(super) fn is_near(&self, vehicle: u32, rider: u32) -> bool {
        let (known, rider) = (&self.problem.vehicles[vehicle as usize], &self.problem.riders[rider as usize]);
        let leg = self.legs.leg(known.place, rider.pickup);
        leg.is_reachable() && known.ready + i64::from(leg.time.0) <= rider.pickup_by
    }

    /// Takes a party into a route; `false`, and nothing is changed, if the route would break a rule.
    pub(super) fn put(&mut self, offer: Offer, rider: u32) -> bool {
        let Some(schedule) = self.with(offer, rider) else { return false };
        self.assign(offer.vehicle, schedule);
        true
    }

    /// The route of an offer with the party in it.
    pub(super) fn with(&self, offer: Offer, rider: u32) -> Option<Schedule> {
        let stops = insert::inserted(&self.schedules[offer.vehicle as usize].stops, rider, offer.insertion);
        Schedule::new(self.problem, self.legs, offer.vehicle, stops).ok()
    }

    /// A vehicle's route without some riders; `None` if that would break a rule.
    pub(super) fn without(&self, vehicle: u32, riders: &[u32]) -> Option<Schedule> {
        let stops = self.schedules[vehicle as usize].stops.iter().copied();
        let left = stops.filter(|stop| !riders.contains(&stop.rider)).collect();
        Schedule::new(self.problem, self.legs, vehicle, left).ok()
    }

    /// Gives a vehicle another route and returns the one that it had.
    pub(super) fn assign(&mut self, vehicle: u32, schedule: Schedule) -> Schedule {
        let before = std::mem::replace(&mut self.schedules[vehicle as usize], schedule);
        for stop in &before.stops {
            let holder = &mut self.holders[stop.rider as usize];
            *holder = holder.filter(|&holder| holder != vehicle);
        }
        for stop in &self.schedules[vehicle as usize].stops {
            self.holders[stop.rider as usize] = Some(vehicle);
        }
        before
    }

    /// The vehicle that a rider is with.
    pub(super) fn holder(&self, rider: u32) -> Option<u32> {
        self.holders[rider as usize]
    }

    /// Riders whom a vehicle could still give away: not aboard, and not getting in.
    pub(super) fn loose(&self, vehicle: u32) -> Vec<u32> {
        let fixed = self.problem.vehicles[vehicle as usize].fixed;
        let ahead = self.schedules[vehicle as usize].stops.iter().skip(fixed);
        ahead.filter(|stop| stop.kind == StopKind::PickUp).map(|stop| stop.rider).collect()
    }

    pub(super) fn solution(&self) -> Solution {
        Solution { routes: self.schedules.iter().map(|schedule| schedule.stops.clone()).collect() }
    }
}

impl Problem {
    /// The objective: the routes' costs and the prices of all riders who are in none of them.
    pub(super) fn cost(&self, schedules: &[Schedule]) -> i64 {
        let mut served = vec![false; self.riders.len()];
        for stop in schedules.iter().flat_map(|schedule| &schedule.stops) {
            served[stop.rider as usize] = true;
        }
        let routes: i64 = schedules.iter().map(|schedule| schedule.cost).sum();
        let open = self.riders.iter().zip(served).filter(|(_, served)| !served);
        routes + open.map(|(rider, _)| rider.unserved).sum::<i64>()
    }
}
