//! It has been silent for too long.

use super::steps::serve;
use crate::fleet::world::World;
use paceline_model::VehicleIdx;
use paceline_model::lifecycle::ServiceTrigger;

pub(super) fn apply(world: &mut World, id: VehicleIdx) {
    world.change_vehicle(id, |vehicle| serve(vehicle, ServiceTrigger::CommsLost));
}
