//! Workloads: put, read, removed.

use crate::edge;
use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::Accepted;
use paceline_api::edge::{NewWorkload, WorkloadView};
use paceline_engine::edge::Edge;
use paceline_model::edge::{Command, WorkloadId};

/// Asks for a workload, or changes a known one.
pub(in crate::http) async fn put_workload(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewWorkload>,
) -> Result<Json<Accepted>, Problem> {
    let spec = WorkloadId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutWorkload(spec)).await
}

/// How a workload stands.
pub(in crate::http) async fn read_workload(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
) -> Result<Json<WorkloadView>, Problem> {
    let id = WorkloadId::new(&text)?;
    let found = app.view.read(|model| model.workloads.get(&id).map(edge::workload)).await?;
    found.map(Json).ok_or_else(|| Problem::unknown("workload", &text))
}

/// Ends a workload.
pub(in crate::http) async fn remove_workload(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveWorkload(WorkloadId::new(&text)?);
    key.tell(&app, text, command).await
}
