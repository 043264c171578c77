//! Charger sites and areas: put, and read.

use super::app::App;
use super::body::Body;
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::{Accepted, ChargerView, GeofenceView, NewCharger, NewGeofence};
use paceline_model::{ChargerId, Command, GeofenceId};

/// Opens a charger site, or changes a known one.
pub(super) async fn put_charger(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<NewCharger>,
) -> Result<Json<Accepted>, Problem> {
    let spec = ChargerId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutCharger(spec)).await
}

/// Defines an area, or changes a known one.
pub(super) async fn put_geofence(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<NewGeofence>,
) -> Result<Json<Accepted>, Problem> {
    let area = GeofenceId::new(&text).and_then(|id| body.area(id))?;
    key.tell(&app, text, Command::PutGeofence(area)).await
}

/// How a charger site stands.
pub(super) async fn read_charger(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<ChargerView>, Problem> {
    let id = ChargerId::new(&text)?;
    let found = app.view.read(|model| model.chargers.get(&id).map(view::charger)).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("charger", &text))
}

/// An area as it was defined last.
pub(super) async fn read_geofence(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<GeofenceView>, Problem> {
    let id = GeofenceId::new(&text)?;
    let found = app.view.read(|model| model.geofences.get(&id).cloned()).await?;
    found.map(|area| Json(view::geofence(&area))).ok_or_else(|| Problem::unknown("geofence", &text))
}
