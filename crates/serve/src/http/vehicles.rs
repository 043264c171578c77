//! Vehicles: registered, read, retired; and what they say of their orders and batteries.

use super::app::App;
use super::body::{Asked, Body, Key};
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::{
    Accepted, DroppedOff, Faulted, NewVehicle, Nothing, OrderRef, PlugIn, Unplugged, VehicleView,
};
use paceline_model::limits::{VEHICLES_LISTED_MAX, within};
use paceline_model::{ChargerId, Command, Invalid, VehicleId};
use serde::Deserialize;

pub(super) fn id(text: &str) -> Result<VehicleId, Problem> {
    VehicleId::new(text).map_err(|invalid| Problem::invalid(&invalid))
}

fn checked<T>(value: Result<T, Invalid>) -> Result<T, Problem> {
    value.map_err(|invalid| Problem::invalid(&invalid))
}

async fn tell(app: &App, id: String, key: Key, command: Command) -> Result<Json<Accepted>, Problem> {
    let receipt = app.region.command(key.request(command)).await?;
    Ok(Json(Accepted { id, version: receipt.version.0 }))
}

/// Registers a vehicle, which is for hire at once, or changes what a known one is.
pub(super) async fn put(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<NewVehicle>,
) -> Result<Json<Accepted>, Problem> {
    let (spec, reading) = checked(body.parts(id(&text)?, app.clock.now()))?;
    tell(&app, text, key, Command::PutVehicle(spec, reading)).await
}

/// How a vehicle stands.
pub(super) async fn read(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<VehicleView>, Problem> {
    let id = id(&text)?;
    let found = app
        .region
        .look(move |fleet| {
            fleet.world().vehicle(&id).map(|known| view::vehicle(fleet, &fleet.world().named(known)))
        })
        .await?;
    found.map(Json).ok_or_else(|| Problem::unknown("vehicle", &text))
}

/// Takes a vehicle out of the fleet.
pub(super) async fn retire(
    State(app): State<App>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::RetireVehicle(vehicle)).await
}

/// Which part of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// The name before the first one wanted.
    after: Option<String>,
    /// How many at most.
    limit: Option<usize>,
}

/// Vehicles in one answer, if the caller does not say.
const LISTED_DEFAULT: usize = 100;

/// All vehicles by name, in pages: go on after the last name until a page comes back empty.
pub(super) async fn list(
    State(app): State<App>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Vec<VehicleView>>, Problem> {
    let limit = query.limit.unwrap_or(LISTED_DEFAULT);
    checked(within("limit", limit as f64, (1.0, VEHICLES_LISTED_MAX as f64)))?;
    let after = query.after.unwrap_or_default();
    let page = move |fleet: &paceline_engine::Ledger<paceline_engine::Fleet>| {
        let world = fleet.world();
        let vehicles = world.vehicles_by_name();
        let first = vehicles.partition_point(|vehicle| vehicle.spec.id.as_str() <= after.as_str());
        let page = vehicles[first..].iter().take(limit);
        page.map(|vehicle| view::vehicle(fleet, &world.named(vehicle))).collect()
    };
    app.region.look(page).await.map(Json)
}

/// The driver takes the offer.
pub(super) async fn accept(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Accept(vehicle, checked(body.id())?)).await
}

/// The driver does not take the offer, or gives the order back.
pub(super) async fn decline(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Decline(vehicle, checked(body.id())?)).await
}

/// The vehicle is at the pick-up.
pub(super) async fn arrived(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Arrived(vehicle, checked(body.id())?)).await
}

/// The riders are in.
pub(super) async fn picked_up(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::PickedUp(vehicle, checked(body.id())?)).await
}

/// The riders are out.
pub(super) async fn dropped_off(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<DroppedOff>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let (order, reading) = checked(body.parts(app.clock.now()))?;
    tell(&app, text, key, Command::DroppedOff(vehicle, order, reading)).await
}

/// Something broke: its order goes back into the queue.
pub(super) async fn fault(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Faulted>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Fault(vehicle, body.reason.into())).await
}

/// It works again.
pub(super) async fn recover(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Recover(vehicle)).await
}

/// It is connected to a plug.
pub(super) async fn plug_in(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<PlugIn>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let charger = checked(ChargerId::new(&body.charger))?;
    tell(&app, text, key, Command::PlugIn(vehicle, charger)).await
}

/// It left the plug, or gave up its way to it.
pub(super) async fn unplug(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Unplugged>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let reading = checked(body.reading(app.clock.now()))?;
    tell(&app, text, key, Command::Unplug(vehicle, reading)).await
}
