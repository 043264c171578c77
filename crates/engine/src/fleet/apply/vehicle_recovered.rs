//! It works again and is for hire.

use super::steps::{operate, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OperationalTrigger, ServiceTrigger};
use paceline_model::{Instant, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: VehicleIdx) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::Recover);
        operate(vehicle, OperationalTrigger::Resume);
        serve(vehicle, ServiceTrigger::ServiceStart);
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}
