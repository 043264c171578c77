//! It is heard again, and where its job says it is.

use super::steps::serve;
use crate::fleet::world::World;
use paceline_model::lifecycle::ServiceTrigger;
use paceline_model::{Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, id: VehicleIdx, reading: Reading) {
    world.change_vehicle(id, |vehicle| {
        serve(vehicle, ServiceTrigger::CommsRestored(vehicle.job.service()));
        vehicle.reading = reading;
    });
}
