//! A charger site opened or changed; the plugs that are taken stay so.

use crate::fleet::world::{ChargerSite, World};
use paceline_model::ChargerSpec;

pub(super) fn apply(world: &mut World, spec: ChargerSpec) {
    let taken = world.chargers.get(&spec.id).map_or(0, |site| site.taken);
    world.chargers.insert(spec.id.clone(), ChargerSite { spec, taken });
}
