//! Orders: placed, read, cancelled, explained.

use super::app::App;
use super::body::{Body, Key};
use crate::auth::Who;
use crate::order_trace;
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use paceline_api::{Accepted, Explanation, NewOrder, OrderView};
use paceline_model::{Command, OrderId};
use std::sync::atomic::Ordering;
use tracing::Instrument as _;

pub(super) fn id(text: &str) -> Result<OrderId, Problem> {
    OrderId::new(text).map_err(Problem::from)
}

/// Asks for a ride. The answer comes when the order is durable.
pub(super) async fn place(
    State(app): State<App>,
    Body(order, key): Body<NewOrder>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Accepted>), Problem> {
    let now = app.clock.now();
    // Under a key the made-up name is the key's own, so that a repeat is the same order.
    let name = match &key.0 {
        Some((key, _)) => format!("o-{:016x}", super::body::fingerprint(key.as_str().as_bytes()).0),
        None => format!("o-{:x}-{}", now.0, app.orders_named.fetch_add(1, Ordering::Relaxed)),
    };
    let wait = app.options.max_wait_default;
    let spec = order.spec(now, wait, &name)?;
    let id = spec.id.to_string();
    let trace = order_trace::begin(&spec.id);
    let ingest = order_trace::ingest(&trace);
    let receipt =
        app.region.command_traced(key.request(Command::PlaceOrder(spec)), trace).instrument(ingest).await?;
    let location = [(header::LOCATION, format!("/v1/orders/{id}"))];
    Ok((StatusCode::CREATED, location, Json(Accepted { id, version: receipt.version.0 })))
}

/// How an order stands. A vehicle reads those that it has, or had.
pub(super) async fn read(
    State(app): State<App>,
    who: Who,
    Path(text): Path<String>,
) -> Result<Json<OrderView>, Problem> {
    let id = id(&text)?;
    let found = app.view.read(|model| model.orders.get(&id).map(view::order)).await?;
    let told = found.filter(|order| who.may_read(order));
    told.map(Json).ok_or_else(|| Problem::unknown("order", &text))
}

/// Cancels an order.
pub(super) async fn cancel(
    State(app): State<App>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let order = id(&text)?;
    key.tell(&app, text, Command::CancelOrder(order)).await
}

/// Why this vehicle, and why not the next three: in figures and in words.
pub(super) async fn explain(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Json<Explanation>, Problem> {
    let id = id(&text)?;
    let found = app.region.look(move |fleet| fleet.explain(&id).map(view::explanation)).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("order", &text))
}
