//! It is at the plug.

use super::steps::operate;
use crate::fleet::row::Job;
use crate::fleet::world::World;
use paceline_model::lifecycle::OperationalTrigger;
use paceline_model::{ChargerIdx, Instant, VehicleIdx};

pub(super) fn apply(world: &mut World, at: Instant, id: VehicleIdx, charger: ChargerIdx) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::PlugIn);
        (vehicle.job, vehicle.since) = (Job::AtCharger(charger), at);
    });
}
