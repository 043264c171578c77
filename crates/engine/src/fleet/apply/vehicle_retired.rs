//! It left the fleet: asked to stop, stopped, gone.

use super::steps::operate;
use crate::fleet::world::World;
use paceline_model::VehicleIdx;
use paceline_model::lifecycle::OperationalTrigger;

pub(super) fn apply(world: &mut World, id: VehicleIdx) {
    world.change_vehicle(id, |vehicle| {
        operate(vehicle, OperationalTrigger::Stop);
        operate(vehicle, OperationalTrigger::Stopped);
    });
    world.remove_vehicle(id);
}
