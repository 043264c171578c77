//! What is about a region as a whole: whether it is ready, its metrics, the world's checksum, the streets.

use super::app::App;
use crate::kind::Kind;
use crate::metrics::{MEDIA, text};
use crate::problem::Problem;
use crate::view;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use paceline_api::{Streets, WorldView};
use paceline_model::Position;
use paceline_road::Roads;

/// Whether it takes requests: it has recovered, and it is not shutting down.
pub(super) async fn readyz<W: Kind>(State(app): State<App<W>>) -> Result<String, Problem> {
    app.ready().await
}

/// Its figures in the Prometheus text format.
pub(super) async fn metrics<W: Kind>(State(app): State<App<W>>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, MEDIA)], text(&app.registry))
}

/// The world's version and checksum.
pub(super) async fn world(State(app): State<App>) -> Result<Json<WorldView>, Problem> {
    let numbers = app.region.look(view::Numbers::of).await?;
    app.region.within(app.view.digests.world(numbers)).await?.map(Json)
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
