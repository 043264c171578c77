//! Work orders: read, explained, withdrawn.

use crate::bikes;
use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::Accepted;
use paceline_api::bikes::{NewWithdrawal, WorkOrderExplained, WorkOrderView};
use paceline_engine::bikes::Bikes;
use paceline_model::bikes::{Command, WorkOrderId};

/// How a work order stands.
pub(in crate::http) async fn read_work_order(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
) -> Result<Json<WorkOrderView>, Problem> {
    let id = WorkOrderId::new(&text)?;
    let found = app.view.read(|model| model.orders.get(&id).map(bikes::work_order)).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("work order", &text))
}

/// Why it stands as it does.
pub(in crate::http) async fn explain_work_order(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
) -> Result<Json<WorkOrderExplained>, Problem> {
    let id = WorkOrderId::new(&text)?;
    let found = app.region.look(move |world| world.explain_order(&id)).await?;
    let found = found.ok_or_else(|| Problem::unknown("work order", &text))?;
    Ok(Json(bikes::order_explained(&found)))
}

/// Withdraws it, with the operator's words.
pub(in crate::http) async fn withdraw_work_order(
    State(app): State<App<Bikes>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewWithdrawal>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::Withdraw(WorkOrderId::new(&text)?, body.reason);
    key.tell(&app, text, command).await
}
