//! Defines an area, or changes a known one.

use crate::fleet::row::Event;
use crate::fleet::view::Verdict;
use paceline_model::Geofence;

/// Always: its construction has checked it.
pub(super) fn admit(geofence: Geofence) -> Verdict {
    Ok(vec![Event::GeofencePut { geofence }])
}
