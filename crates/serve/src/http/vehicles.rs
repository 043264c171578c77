//! Vehicles: registered, read, retired; and what they say of their orders and batteries.

use super::App;
use super::body::{Body, Key};
use crate::dto::{
    Accepted, DroppedOff, Faulted, NewVehicle, OrderRef, PlugIn, Unplugged, VehicleView, reading,
};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, Query, State};
use paceline_model::{ChargerId, Command, Invalid, VehicleId};
use serde::Deserialize;

pub(super) fn id(text: &str) -> Result<VehicleId, Problem> {
    VehicleId::new(text).map_err(|invalid| Problem::invalid(&invalid))
}

fn checked<T>(value: Result<T, Invalid>) -> Result<T, Problem> {
    value.map_err(|invalid| Problem::invalid(&invalid))
}

async fn tell(app: &App, id: String, key: Key, command: Command) -> Result<Json<Accepted>, Problem> {
    let receipt = app.command(key.request(command)).await?;
    Ok(Json(Accepted { id, version: receipt.version.0 }))
}

/// Registers a vehicle, which is for hire at once, or changes what a known one is.
#[utoipa::path(put, path = "/v1/vehicles/{id}", tag = "vehicles", params(("id" = String, Path)),
    request_body = NewVehicle, responses((status = 200, body = Accepted), (status = 422, body = Problem)))]
pub(super) async fn put(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<NewVehicle>,
) -> Result<Json<Accepted>, Problem> {
    let (spec, reading) = checked(body.parts(id(&text)?, app.clock.now()))?;
    tell(&app, text, key, Command::PutVehicle(spec, reading)).await
}

/// How a vehicle stands.
#[utoipa::path(get, path = "/v1/vehicles/{id}", tag = "vehicles", params(("id" = String, Path)),
    responses((status = 200, body = VehicleView), (status = 404, body = Problem)))]
pub(super) async fn read(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<VehicleView>, Problem> {
    let id = id(&text)?;
    let found = app
        .look(move |fleet| {
            fleet.world().vehicle(&id).map(|known| VehicleView::new(fleet, &fleet.world().named(known)))
        })
        .await?;
    found.map(Json).ok_or_else(|| Problem::unknown("vehicle", &text))
}

/// Takes a vehicle out of the fleet.
#[utoipa::path(delete, path = "/v1/vehicles/{id}", tag = "vehicles", params(("id" = String, Path)),
    responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
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

/// Most vehicles in one answer.
const LIST_MAX: usize = 1_000;

/// All vehicles by name, in pages: go on after the last name until a page comes back empty.
#[utoipa::path(get, path = "/v1/vehicles", tag = "vehicles",
    params(("after" = Option<String>, Query), ("limit" = Option<usize>, Query, description = "At most 1,000")),
    responses((status = 200, body = Vec<VehicleView>)))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<VehicleView>>, Problem> {
    let limit = query.limit.unwrap_or(100).min(LIST_MAX);
    let after = query.after.unwrap_or_default();
    let page = move |fleet: &paceline_engine::Ledger<paceline_engine::Fleet>| {
        let world = fleet.world();
        let vehicles = world.vehicles_by_name();
        let first = vehicles.partition_point(|vehicle| vehicle.spec.id.as_str() <= after.as_str());
        let page = vehicles[first..].iter().take(limit);
        page.map(|vehicle| VehicleView::new(fleet, &world.named(vehicle))).collect()
    };
    app.look(page).await.map(Json)
}

/// The driver takes the offer.
#[utoipa::path(post, path = "/v1/vehicles/{id}/accept", tag = "vehicles", params(("id" = String, Path)),
    request_body = OrderRef, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn accept(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Accept(vehicle, checked(body.id())?)).await
}

/// The driver does not take the offer, or gives the order back.
#[utoipa::path(post, path = "/v1/vehicles/{id}/decline", tag = "vehicles", params(("id" = String, Path)),
    request_body = OrderRef, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn decline(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Decline(vehicle, checked(body.id())?)).await
}

/// The vehicle is at the pick-up.
#[utoipa::path(post, path = "/v1/vehicles/{id}/arrived", tag = "vehicles", params(("id" = String, Path)),
    request_body = OrderRef, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn arrived(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Arrived(vehicle, checked(body.id())?)).await
}

/// The riders are in.
#[utoipa::path(post, path = "/v1/vehicles/{id}/picked-up", tag = "vehicles", params(("id" = String, Path)),
    request_body = OrderRef, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn picked_up(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<OrderRef>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::PickedUp(vehicle, checked(body.id())?)).await
}

/// The riders are out.
#[utoipa::path(post, path = "/v1/vehicles/{id}/dropped-off", tag = "vehicles", params(("id" = String, Path)),
    request_body = DroppedOff, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn dropped_off(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<DroppedOff>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let reading = checked(reading(body.position, body.battery_percent, app.clock.now()))?;
    tell(&app, text, key, Command::DroppedOff(vehicle, super::orders::id(&body.order)?, reading)).await
}

/// Something broke: its order goes back into the queue.
#[utoipa::path(post, path = "/v1/vehicles/{id}/fault", tag = "vehicles", params(("id" = String, Path)),
    request_body = Faulted, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn fault(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Faulted>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Fault(vehicle, body.reason)).await
}

/// It works again.
#[utoipa::path(post, path = "/v1/vehicles/{id}/recover", tag = "vehicles", params(("id" = String, Path)),
    responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn recover(
    State(app): State<App>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    tell(&app, text, key, Command::Recover(vehicle)).await
}

/// It is connected to a plug.
#[utoipa::path(post, path = "/v1/vehicles/{id}/plug-in", tag = "vehicles", params(("id" = String, Path)),
    request_body = PlugIn, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
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
#[utoipa::path(post, path = "/v1/vehicles/{id}/unplug", tag = "vehicles", params(("id" = String, Path)),
    request_body = Unplugged, responses((status = 200, body = Accepted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn unplug(
    State(app): State<App>,
    Path(text): Path<String>,
    Body(body, key): Body<Unplugged>,
) -> Result<Json<Accepted>, Problem> {
    let vehicle = id(&text)?;
    let reading = checked(reading(body.position, body.battery_percent, app.clock.now()))?;
    tell(&app, text, key, Command::Unplug(vehicle, reading)).await
}
