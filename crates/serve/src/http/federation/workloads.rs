//! Workloads that are spread over clusters: put, read, listed, shared out anew, removed, explained.

use crate::federation::{self, FederationModel};
use crate::http::app::App;
use crate::http::body::{Asked, Body, Key};
use crate::http::lists::{Page, PageQuery, fill, following, limit, name, read};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use paceline_api::federation::{FederatedWorkloadExplained, FederatedWorkloadView, NewFederatedWorkload};
use paceline_api::{Accepted, Nothing};
use paceline_engine::federation::Federation;
use paceline_model::edge::WorkloadId;
use paceline_model::federation::Command;

/// All workloads by name.
pub(in crate::http) async fn list_workloads(
    State(app): State<App<Federation>>,
    RawQuery(raw): RawQuery,
    Asked(query): Asked<PageQuery>,
) -> Result<Page<FederatedWorkloadView>, Problem> {
    let (limit, after) = (limit(query.limit)?, name(query.after.as_deref(), WorkloadId::new)?);
    let page = |model: &FederationModel| {
        let rows = model.workloads.range(following(after.as_ref()));
        fill(rows, limit, |_| true, |(id, _)| id.to_string(), |(_, row)| federation::workload(model, row))
    };
    read(&app, raw, page).await
}

/// How a workload stands.
pub(in crate::http) async fn read_workload(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
) -> Result<Json<FederatedWorkloadView>, Problem> {
    let id = WorkloadId::new(&text)?;
    let found =
        app.view.read(|model| model.workloads.get(&id).map(|row| federation::workload(model, row))).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("workload", &text))
}

/// Asks for a workload, or changes a known one.
pub(in crate::http) async fn put_workload(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewFederatedWorkload>,
) -> Result<Json<Accepted>, Problem> {
    let spec = WorkloadId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutWorkload(Box::new(spec))).await
}

/// Ends a workload everywhere.
pub(in crate::http) async fn remove_workload(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveWorkload(WorkloadId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Shares a workload's replicas out anew.
pub(in crate::http) async fn rebalance_workload(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::Rebalance(WorkloadId::new(&text)?);
    key.tell(&app, text, command).await
}

/// Why a workload is spread as it is.
pub(in crate::http) async fn explain_workload(
    State(app): State<App<Federation>>,
    Path(text): Path<String>,
) -> Result<Json<FederatedWorkloadExplained>, Problem> {
    let id = WorkloadId::new(&text)?;
    // What was found without anything having happened is no change that a reader would be told of.
    let found =
        app.region.look(move |world| world.workload(&id).map(|row| federation::explained(row))).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("workload", &text))
}
