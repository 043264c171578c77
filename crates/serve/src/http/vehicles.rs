//! Vehicles: registered, read, retired; and what they say of their orders and batteries.

use super::app::App;
use super::body::{Body, Key};
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::{
    Accepted, DroppedOff, Faulted, NewVehicle, Nothing, OrderRef, PlugIn, Unplugged, VehicleView,
};
use paceline_model::{ChargerId, Command, VehicleId};

pub(super) fn id(text: &str) -> Result<VehicleId, Problem> {
    VehicleId::new(text).map_err(Problem::from)
}

/// Registers a vehicle, which is for hire at once, or changes what a known one is.
pub(super) async fn put(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<NewVehicle>,
) -> Result<Json<Accepted>, Problem> {
    let (spec, reading) = body.parts(id(&text)?, app.clock.now())?;
    app.telemetry.note(&reading);
    key.tell(&app, text, Command::PutVehicle(spec, reading)).await
}

/// How a vehicle stands.
pub(super) async fn read(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<VehicleView>, Problem> {
    let id = id(&text)?;
    let found = app.view.read(|model| model.vehicles.get(&id).map(view::vehicle)).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("vehicle", &text))
}

/// Takes a vehicle out of the fleet.
pub(super) async fn retire(
    State(app): State<App>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::RetireVehicle(vehicle)).await
}

/// The driver takes the offer.
pub(super) async fn accept(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::Accept(vehicle, body.id()?)).await
}

/// The driver does not take the offer, or gives the order back.
pub(super) async fn decline(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::Decline(vehicle, body.id()?)).await
}

/// The vehicle is at the pick-up.
pub(super) async fn arrived(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::Arrived(vehicle, body.id()?)).await
}

/// The riders are in.
pub(super) async fn picked_up(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::PickedUp(vehicle, body.id()?)).await
}

/// The riders are out.
pub(super) async fn dropped_off(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<DroppedOff>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let (order, reading) = body.parts(app.clock.now())?;
    app.telemetry.note(&reading);
    key.tell(&app, text, Command::DroppedOff(vehicle, order, reading)).await
}

/// Something broke: its order goes back into the queue.
pub(super) async fn fault(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Faulted>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::Fault(vehicle, body.reason.into())).await
}

/// It works again.
pub(super) async fn recover(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    key.tell(&app, text, Command::Recover(vehicle)).await
}

/// It is connected to a plug.
pub(super) async fn plug_in(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<PlugIn>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let charger = ChargerId::new(&body.charger)?;
    key.tell(&app, text, Command::PlugIn(vehicle, charger)).await
}

/// It left the plug, or gave up its way to it.
pub(super) async fn unplug(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Unplugged>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let reading = body.reading(app.clock.now())?;
    app.telemetry.note(&reading);
    key.tell(&app, text, Command::Unplug(vehicle, reading)).await
}
