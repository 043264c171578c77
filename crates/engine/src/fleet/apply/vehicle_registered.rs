//! A vehicle joined: off, and not yet for hire.

use crate::fleet::row::Vehicle;
use crate::fleet::world::World;
use paceline_model::{Instant, Reading, VehicleSpec};

pub(super) fn apply(world: &mut World, at: Instant, spec: VehicleSpec, reading: Reading) {
    world.hand_overs.is_here(&spec.id);
    world.insert_vehicle(Vehicle::new(spec, reading, at));
}
