//! An area was defined or changed.

use crate::fleet::world::World;
use paceline_model::Geofence;

pub(super) fn apply(world: &mut World, geofence: Geofence) {
    world.put_geofence(geofence);
}
