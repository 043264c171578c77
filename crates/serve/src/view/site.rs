//! Charger sites and areas as they stand.

use paceline_api as api;
use paceline_engine::ChargerSite;
use paceline_model::Geofence;

pub(crate) fn charger(of: &ChargerSite) -> api::ChargerView {
    let api::NewCharger { position, plugs, plug_kw } = (&of.spec).into();
    api::ChargerView { id: of.spec.id.clone(), position, plugs, plug_kw, free: of.free() }
}

pub(crate) fn geofence(of: &Geofence) -> api::GeofenceView {
    let api::NewGeofence { kind, coordinates } = of.into();
    api::GeofenceView { id: of.id().clone(), kind, coordinates }
}
