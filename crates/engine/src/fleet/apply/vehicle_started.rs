//! Power and link were good: it runs and is for hire.

use super::{operate, serve};
use crate::fleet::world::World;
use paceline_model::lifecycle::{OperationalTrigger, ServiceTrigger};
use paceline_model::{Instant, Job, VehicleId};

pub(super) fn apply(world: &mut World, at: Instant, id: &VehicleId) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::Start);
        serve(vehicle, ServiceTrigger::ServiceStart);
        (vehicle.job, vehicle.since) = (Job::Free, at);
    });
}
