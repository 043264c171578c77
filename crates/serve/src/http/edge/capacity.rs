//! What is free in the region, summed up.

use crate::edge;
use crate::http::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use paceline_api::edge::CapacityView;
use paceline_engine::edge::Edge;

/// What is free on the region's nodes, its models, and how its workloads stand.
pub(in crate::http) async fn read_capacity(
    State(app): State<App<Edge>>,
) -> Result<Json<CapacityView>, Problem> {
    let summary = app.view.read(edge::capacity).await?;
    Ok(Json(CapacityView::from(&summary)))
}
