//! What is not about one vehicle or order: health, metrics, the world's checksum, the streets, the page.

use super::app::App;
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::Html;
use paceline_api::{Streets, WorldView};
use paceline_model::Position;
use paceline_road::Roads;

/// The page: one file, nothing to build, nothing to fetch from elsewhere.
const PAGE: &str = include_str!("../page.html");

pub(super) async fn console() -> Html<&'static str> {
    Html(PAGE)
}

/// Whether the process lives.
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Whether it takes requests: it has recovered, and it is not shutting down.
pub(super) async fn readyz(State(app): State<App>) -> Result<String, Problem> {
    app.look(|_| ()).await?;
    Ok(match app.clock.status().not_believed_ms {
        None => "ready".to_owned(),
        Some(ms) => format!("ready; the wall clock jumped by {ms} ms and is not believed"),
    })
}

/// Figures in the Prometheus text format.
pub(super) async fn metrics(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text())
}

/// The world's version and checksum.
pub(super) async fn world(State(app): State<App>) -> Result<Json<WorldView>, Problem> {
    app.look(view::world).await.map(Json)
}

/// The description of the API.
pub(super) async fn openapi() -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], paceline_api::openapi_json())
}

/// The streets, for drawing.
pub(super) async fn roads(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], app.streets.clone())
}

/// Made once at the start: the streets do not move.
pub(crate) fn streets_json(roads: &Roads) -> String {
    let (low, high) = roads.bounds();
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let flat = |line: Vec<Position>| line.iter().flat_map(|at| [short(at.lat()), short(at.lon())]).collect();
    let streets = roads.street_polylines().map(|(_, line)| flat(line)).collect();
    let drawn = Streets { bounds: [low.lat(), low.lon(), high.lat(), high.lon()], streets };
    serde_json::to_string(&drawn).unwrap_or_default()
}
