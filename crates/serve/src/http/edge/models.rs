//! Models: put, read, removed.

use crate::http::app::App;
use crate::http::body::{Body, Key};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::Accepted;
use paceline_api::edge::{ModelView, NewModel};
use paceline_engine::edge::Edge;
use paceline_model::edge::{Command, ModelId};

/// Registers a model, or changes its versions.
pub(in crate::http) async fn put_model(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(body, key): Body<NewModel>,
) -> Result<Json<Accepted>, Problem> {
    let spec = ModelId::new(&text).and_then(|id| body.spec(id))?;
    key.tell(&app, text, Command::PutModel(spec)).await
}

/// A model with its versions and variants.
pub(in crate::http) async fn read_model(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
) -> Result<Json<ModelView>, Problem> {
    let id = ModelId::new(&text)?;
    let found = app.view.read(|model| model.models.get(&id).cloned()).await?;
    found.map(|spec| Json((&*spec).into())).ok_or_else(|| Problem::unknown("model", &text))
}

/// Takes a model out that no workload runs.
pub(in crate::http) async fn remove_model(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    key: Key,
) -> Result<Json<Accepted>, Problem> {
    let command = Command::RemoveModel(ModelId::new(&text)?);
    key.tell(&app, text, command).await
}
