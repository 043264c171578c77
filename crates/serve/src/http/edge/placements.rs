//! Why a replica is where it is, or nowhere.

use crate::edge;
use crate::http::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use paceline_api::edge::PlacementExplained;
use paceline_engine::edge::Edge;
use paceline_model::edge::ReplicaId;

/// In figures and in words.
pub(in crate::http) async fn explain(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
) -> Result<Json<PlacementExplained>, Problem> {
    let id: ReplicaId = text.parse()?;
    let found = app.region.look(move |world| world.explain(&id)).await?;
    found.map(|of| Json(edge::explained(&of))).ok_or_else(|| Problem::unknown("placement", &text))
}
