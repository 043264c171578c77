//! What is about a region as a whole: whether it is ready, its metrics, the world's checksum, the streets.

use super::app::App;
use crate::kind::Kind;
use crate::metrics::{MEDIA, text};
use crate::problem::Problem;
use crate::streets::OnStreets;
use crate::view;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use paceline_api::WorldView;

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
pub(super) async fn roads<W: OnStreets>(
    State(app): State<App<W>>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    Ok(([(header::CONTENT_TYPE, "application/json")], app.on_streets()?.drawn.clone()))
}
