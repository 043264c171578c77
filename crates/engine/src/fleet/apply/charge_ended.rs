//! It left the plug, or gave up its way to it, and is for hire.

use super::steps::{operate, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{Operational, OperationalTrigger, Service, ServiceTrigger};
use paceline_model::{Instant, Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: VehicleIdx, reading: Reading) {
    world.change_vehicle(id, |vehicle| {
        if vehicle.operational == Operational::Charging {
            operate(vehicle, OperationalTrigger::Unplug);
        }
        if vehicle.service == Service::NonOperational {
            serve(vehicle, ServiceTrigger::ServiceStart);
        }
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}
