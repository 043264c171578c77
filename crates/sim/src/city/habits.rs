//! How a city's drivers, riders and vehicles behave, as its scenario says.

use crate::agent::Draws;
use crate::battery::PowerCurve;
use crate::scenario::{Drivers, Faults, Idle, Reports, Riders, Scenario};

pub(super) struct Habits {
    pub(super) drivers: Drivers,
    pub(super) riders: Riders,
    pub(super) faults: Faults,
    pub(super) idle: Idle,
    pub(super) reports: Reports,
    pub(super) draws: Draws,
    /// What a battery takes by how full it is.
    pub(super) curve: PowerCurve,
}

impl Habits {
    pub(super) fn new(scenario: &Scenario, curve: PowerCurve) -> Self {
        Self {
            drivers: scenario.drivers.clone(),
            riders: scenario.riders.clone(),
            faults: scenario.faults.clone(),
            idle: scenario.idle.clone(),
            reports: scenario.reports.clone(),
            draws: Draws {
                idle_watts: scenario.vehicle.idle_kw * 1_000.0,
                off_below: scenario.fleet.charge_below,
                auxiliary_w: scenario.fleet.auxiliary_w,
            },
            curve,
        }
    }
}
