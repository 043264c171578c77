//! A vehicle with nothing to do was sent to where riders are expected. It stays free.

use crate::fleet::world::World;
use paceline_model::{Reading, VehicleIdx};

pub(super) fn apply(world: &mut World, id: VehicleIdx, reading: Reading) {
    world.change_vehicle(id, |vehicle| vehicle.reading = reading);
}
