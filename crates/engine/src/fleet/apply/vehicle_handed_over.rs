//! It left this region for another.

use crate::fleet::world::World;
use paceline_model::{HandOver, HandOverNumber, Instant, Reading, RegionId, VehicleIdx};

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    id: VehicleIdx,
    reading: Reading,
    (number, to): (HandOverNumber, RegionId),
) {
    let Some(known) = world.vehicles.get(id) else {
        debug_assert!(false, "event about unknown vehicle {id:?}");
        return;
    };
    let vehicle = (*known.spec).clone();
    world.hand_overs.send(HandOver { number, vehicle, reading, since: at, to });
    world.remove_vehicle(id);
}
