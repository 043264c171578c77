//! A charger site opened or changed; the plugs that are taken stay so.

use crate::fleet::row::ChargerSite;
use crate::fleet::world::World;
use paceline_model::ChargerSpec;

pub(super) fn apply(world: &mut World, spec: ChargerSpec) {
    let known = world.chargers.find(&spec.id).and_then(|idx| world.chargers.get(idx));
    let taken = known.map_or(0, |site| site.taken);
    world.put_charger(ChargerSite { spec, taken });
}
