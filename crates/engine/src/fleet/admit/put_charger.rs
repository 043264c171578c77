//! Opens a charger site, or changes a known one.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::ChargerSpec;

/// It must lie on the map. Fewer plugs than are taken is no fault: nobody is sent there until some are free.
pub(super) fn admit(view: &View, spec: ChargerSpec) -> Verdict {
    view.snap("position", spec.position)?;
    let chargers = &view.world.chargers;
    let known = chargers.find(&spec.id).and_then(|idx| chargers.get(idx));
    let same = known.is_some_and(|site| site.spec == spec);
    Ok((!same).then_some(Event::ChargerPut { spec }).into_iter().collect())
}
