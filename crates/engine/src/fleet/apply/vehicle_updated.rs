//! What it is has changed.

use crate::fleet::world::World;
use paceline_model::VehicleSpec;
use std::sync::Arc;

pub(super) fn apply(world: &mut World, spec: VehicleSpec) {
    let Some(id) = world.vehicles.find(&spec.id) else { return };
    world.change_vehicle(id, |vehicle| vehicle.spec = Arc::new(spec));
}
