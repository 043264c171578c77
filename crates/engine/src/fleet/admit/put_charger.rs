//! Opens a charger site, or changes a known one.

use crate::fleet::view::{Verdict, View};
use paceline_model::{ChargerSpec, Event};

/// It must lie on the map. Fewer plugs than are taken is no fault: nobody is sent there until some are free.
pub(super) fn admit(view: &View, spec: ChargerSpec) -> Verdict {
    view.snap("position", spec.position)?;
    let same = view.world.chargers.get(&spec.id).is_some_and(|site| site.spec == spec);
    Ok((!same).then_some(Event::ChargerPut { spec }).into_iter().collect())
}
