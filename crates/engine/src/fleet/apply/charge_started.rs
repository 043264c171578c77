//! It is at the plug.

use super::operate;
use crate::fleet::world::World;
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{ChargerId, Instant, Job, VehicleId};

pub(super) fn apply(world: &mut World, at: Instant, id: &VehicleId, charger: &ChargerId) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::PlugIn);
        (vehicle.job, vehicle.since) = (Job::AtCharger(charger.clone()), at);
    });
}
