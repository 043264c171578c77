//! The problem by itself: vehicles with the routes that they are on, riders with their windows, as dense numbers.
//! Knows no roads and no names. Times are milliseconds from the moment of the round; earlier ones are negative.

use super::legs::Place;
use paceline_model::{Millis, MilliwattHours, StopKind};
use paceline_road::{EnergyModel, Leg};

/// One stop of a route: whose, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// The rider's row.
    pub rider: u32,
    /// In or out.
    pub kind: StopKind,
}

impl Stop {
    /// Riders get in.
    pub fn pick_up(rider: u32) -> Self {
        Self { rider, kind: StopKind::PickUp }
    }
    /// Riders get out.
    pub fn drop_off(rider: u32) -> Self {
        Self { rider, kind: StopKind::DropOff }
    }
}

/// An order as the solver sees it: a party that rides together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rider {
    /// Where they wait.
    pub pickup: Place,
    /// Where they want to be.
    pub dropoff: Place,
    /// How many.
    pub party: u8,
    /// When they began to wait: asked, or the earliest pick-up if that was later.
    pub since: i64,
    /// Not picked up before.
    pub earliest: i64,
    /// Not picked up after: the promise, or their own latest pick-up before there is one.
    pub pickup_by: i64,
    /// Not dropped off after.
    pub dropoff_by: i64,
    /// From pick-up to drop-off without a detour.
    pub ride: Leg,
    /// From the drop-off to a charger; zero in a region without any.
    pub onward: Leg,
    /// What leaving them for a later round costs.
    pub unserved: i64,
    /// Vehicles that may not have them, in order.
    pub barred: Vec<u32>,
}

/// A vehicle that may carry several parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Where it was heard last.
    pub place: Place,
    /// From when on it can drive from there.
    pub ready: i64,
    /// Places for riders.
    pub seats: u8,
    /// Riders in it.
    pub aboard: Vec<u32>,
    /// Its present plan.
    pub route: Vec<Stop>,
    /// So many of its stops stay first: it stands at them.
    pub fixed: usize,
    /// Energy that it may use, the reserve taken off.
    pub energy: MilliwattHours,
    /// What it uses.
    pub uses: EnergyModel,
}

/// What counts how much, and how long a stop takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Time at a pick-up.
    pub pickup_dwell: Millis,
    /// Time at a drop-off.
    pub dropoff_dwell: Millis,
    /// Price of a millisecond of driving, in thousandths.
    pub drive_price: i64,
    /// Price of a millisecond of a party's delay, in thousandths.
    pub delay_price: i64,
}

/// A round of shared rides.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Vehicles, with riders aboard and riders that they are on their way to.
    pub vehicles: Vec<Vehicle>,
    /// All riders: aboard, promised, and open.
    pub riders: Vec<Rider>,
    /// The rules.
    pub rules: Rules,
}

/// Routes, by vehicle. A rider in none of them stays open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// Stops ahead, by vehicle.
    pub routes: Vec<Vec<Stop>>,
}

impl Problem {
    /// The present plans: what happens if nothing is decided.
    pub fn present(&self) -> Solution {
        Solution { routes: self.vehicles.iter().map(|vehicle| vehicle.route.clone()).collect() }
    }
    /// Where a stop is.
    pub fn place(&self, stop: Stop) -> Place {
        let rider = &self.riders[stop.rider as usize];
        match stop.kind {
            StopKind::PickUp => rider.pickup,
            StopKind::DropOff => rider.dropoff,
        }
    }
    /// The window of a stop: not before, not after.
    pub fn window(&self, stop: Stop) -> (i64, i64) {
        let rider = &self.riders[stop.rider as usize];
        match stop.kind {
            StopKind::PickUp => (rider.earliest, rider.pickup_by),
            StopKind::DropOff => (i64::MIN, rider.dropoff_by),
        }
    }
    /// Time spent at a stop.
    pub fn dwell(&self, stop: Stop) -> i64 {
        let span = match stop.kind {
            StopKind::PickUp => self.rules.pickup_dwell,
            StopKind::DropOff => self.rules.dropoff_dwell,
        };
        i64::from(span.0)
    }
    /// The vehicle that each rider is with now.
    pub fn holders(&self) -> Vec<Option<u32>> {
        let mut holders = vec![None; self.riders.len()];
        for (number, vehicle) in (0..).zip(&self.vehicles) {
            for stop in &vehicle.route {
                holders[stop.rider as usize] = Some(number);
            }
        }
        holders
    }
    /// Whether a vehicle may have a rider at all.
    pub fn may_have(&self, vehicle: u32, rider: u32) -> bool {
        self.riders[rider as usize].barred.binary_search(&vehicle).is_err()
    }
}
