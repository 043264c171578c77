//! Its drive is planned anew. Who it is under way for stays; that it is known where it was is all that changes.

use crate::fleet::world::World;
use paceline_model::{Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, id: VehicleIdx, reading: Reading) {
    world.change_vehicle(id, |vehicle| vehicle.reading = reading);
}
