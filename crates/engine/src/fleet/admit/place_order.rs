//! Asks for a ride.

use crate::fleet::row::Event;
use crate::fleet::view::{Verdict, View, unknown};
use paceline_model::{OrderSpec, Refusal};

/// Its times must lie in order, its places on the map, its name must be new.
pub(super) fn admit(view: &View, spec: OrderSpec) -> Verdict {
    if view.world.order(&spec.id).is_some() {
        return Err(Refusal::DuplicateOrder(spec.id));
    }
    let spec = spec.validate(view.at).map_err(Refusal::Invalid)?;
    if let Some(area) = &spec.geofence
        && !view.world.geofences.contains_key(area)
    {
        return Err(unknown("geofence", area.as_str()));
    }
    view.snap("pickup", spec.pickup)?;
    view.snap("dropoff", spec.dropoff)?;
    Ok(vec![Event::OrderPlaced { spec }])
}
