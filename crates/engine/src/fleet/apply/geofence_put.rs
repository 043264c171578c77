//! An area was defined or changed.

use crate::fleet::world::World;
use paceline_model::Geofence;
use std::sync::Arc;

pub(super) fn apply(world: &mut World, geofence: Geofence) {
    world.geofences.insert(geofence.id().clone(), Arc::new(geofence));
}
