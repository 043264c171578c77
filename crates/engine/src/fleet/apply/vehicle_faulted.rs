//! It broke down. Its order, if it had one, has gone back into the queue by the event before.

use super::steps::{operate, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OperationalTrigger, Service, ServiceTrigger};
use paceline_model::{Instant, Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: VehicleIdx, reading: Reading) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::Fault);
        if vehicle.service == Service::Available {
            serve(vehicle, ServiceTrigger::ServiceEnd);
        }
        vehicle.reading = reading;
        (vehicle.job, vehicle.since) = (Job::Out, at);
    });
}
