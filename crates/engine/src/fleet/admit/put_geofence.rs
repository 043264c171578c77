//! Defines an area, or changes a known one.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View};
use paceline_model::{Geofence, Refusal};

/// A street must come near it, as near as to any place: else no vehicle and no rider is ever in it. What its construction asks for has
/// been checked.
pub(super) fn admit(view: &View, geofence: Geofence) -> Verdict {
    let m_max = view.options.snap_m_max;
    if !view.roads.touches(&geofence, f64::from(m_max)) {
        return Err(Refusal::Invalid(geofence.off_the_map("coordinates", m_max)));
    }
    Ok(vec![Event::GeofencePut { geofence }])
}
