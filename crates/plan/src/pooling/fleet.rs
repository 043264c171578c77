//! All routes with their times while they are being changed, and what taking one more party would cost each of them.

use super::insert::{self, Insertion};
use super::legs::Legs;
use super::problem::{Problem, Solution, Stop};
use super::schedule::Schedule;
use crate::Budget;

/// Routes in the making. Every one keeps the rules at all times.
#[derive(Clone)]
pub(super) struct Fleet<'a, L> {
    pub(super) problem: &'a Problem,
    pub(super) legs: &'a L,
    pub(super) schedules: Vec<Schedule>,
}

/// One vehicle that could take a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) vehicle: u32,
    pub(super) insertion: Insertion,
}

impl<'a, L: Legs> Fleet<'a, L> {
    /// Everybody as they are.
    pub(super) fn present(problem: &'a Problem, legs: &'a L) -> Self {
        let routes = (0..).zip(&problem.vehicles);
        let schedules =
            routes.map(|(row, vehicle)| Schedule::lenient(problem, legs, row, vehicle.route.clone()));
        Self { problem, legs, schedules: schedules.collect() }
    }

    /// All vehicles that can take `rider`, cheapest first.
    pub(super) fn offers(&self, rider: u32, budget: &mut Budget) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        let mut steps = self.schedules.len() as u64 / 4;
        for vehicle in 0..self.schedules.len() as u32 {
            if self.is_near(vehicle, rider) && self.problem.may_have(vehicle, rider) {
                steps += self.schedules[vehicle as usize].stops.len() as u64 * 4 + 4;
                offers.extend(self.offer(vehicle, rider));
            }
        }
        budget.spend(steps);
        offers.sort_unstable_by_key(|offer| (offer.insertion.cost, offer.vehicle));
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
        let stops = insert::inserted(&self.schedules[offer.vehicle as usize].stops, rider, offer.insertion);
        self.set(offer.vehicle, stops)
    }

    /// Gives a vehicle another route; `false`, and nothing is changed, if that would break a rule.
    pub(super) fn set(&mut self, vehicle: u32, stops: Vec<Stop>) -> bool {
        let Ok(schedule) = Schedule::new(self.problem, self.legs, vehicle, stops) else { return false };
        self.schedules[vehicle as usize] = schedule;
        true
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
