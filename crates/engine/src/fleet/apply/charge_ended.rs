//! It left the plug, or gave up its way to it, and is for hire.

use super::{operate, serve};
use crate::fleet::world::World;
use paceline_model::lifecycle::{Operational, OperationalTrigger, Service, ServiceTrigger};
use paceline_model::{Instant, Job, Reading, VehicleId};

pub(super) fn apply(world: &mut World, at: Instant, id: &VehicleId, reading: Reading) {
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
