//! Power and link were good: it runs and is for hire.

use super::steps::{operate, serve};
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::{OperationalTrigger, ServiceTrigger};
use paceline_model::{Instant, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: VehicleIdx) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::Start);
        serve(vehicle, ServiceTrigger::ServiceStart);
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}
