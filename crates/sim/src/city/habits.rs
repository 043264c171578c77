//! How a city's drivers, riders and vehicles behave, as its scenario says.

use crate::agent::Draws;
use crate::battery::PowerCurve;
use crate::day::KindOfDay;
use crate::scenario::{Drivers, Faults, Idle, Reports, Riders, Scenario};

pub(super) struct Habits {
    pub(super) drivers: Drivers,
    pub(super) riders: Riders,
    pub(super) faults: Faults,
    pub(super) idle: Idle,
    pub(super) reports: Reports,
    /// By the number of the kind of vehicle.
    pub(super) kinds: Vec<KindHabits>,
}

/// What vehicles of a kind draw, and take at a plug by how full they are.
pub(super) struct KindHabits {
    pub(super) draws: Draws,
    pub(super) curve: PowerCurve,
}

impl Habits {
    pub(super) fn new(scenario: &Scenario, kinds: Vec<KindOfDay>) -> Self {
        let habits = |kind: KindOfDay| KindHabits {
            draws: Draws {
                idle_watts: kind.idle_watts,
                off_below: scenario.fleet.charge_below,
                auxiliary_w: scenario.fleet.auxiliary_w,
            },
            curve: kind.curve,
        };
        Self {
            drivers: scenario.drivers.clone(),
            riders: scenario.riders.clone(),
            faults: scenario.faults.clone(),
            idle: scenario.idle.clone(),
            reports: scenario.reports.clone(),
            kinds: kinds.into_iter().map(habits).collect(),
        }
    }
}
