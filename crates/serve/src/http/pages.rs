//! What is not about one vehicle or order: health, metrics, the world's checksum, the streets, the page.

use super::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::Html;
use paceline_model::Position;
use paceline_road::Roads;
use serde::Serialize;
use utoipa::ToSchema;

/// The page: one file, nothing to build, nothing to fetch from elsewhere.
const PAGE: &str = include_str!("../page.html");

pub(super) async fn console() -> Html<&'static str> {
    Html(PAGE)
}

/// The pages of `docs/errors/`, by code.
macro_rules! error_pages {
    ($($code:ident,)*) => {
        &[$((stringify!($code), include_str!(concat!("../../../../docs/errors/", stringify!($code), ".md")))),*]
    };
}

const ERROR_PAGES: &[(&str, &str)] = error_pages![
    E0101, E0102, E0103, E0104, E0105, E0106, E0107, E0108, E0201, E0202, E0203, E0204, E0205, E0206, E0207,
    E0301, E0302, E0303, E0304, E0401, E0402, E0403, E0404, E0601, E0602, E0603, E0604, E0605, E0606, E0607,
];

/// Cause and cure of an error: the page that a problem's `type` points to.
#[utoipa::path(get, path = "/errors/{code}", tag = "operation", params(("code" = String, Path)),
    responses((status = 200, content_type = "text/markdown"), (status = 404, body = Problem)))]
pub(super) async fn error(
    Path(code): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], &'static str), Problem> {
    let page = ERROR_PAGES.iter().find(|(known, _)| *known == code);
    let (_, text) = page.ok_or_else(|| Problem::unknown("error", &code))?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text))
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200)))]
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Whether it takes requests: it has recovered, and it is not shutting down.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200), (status = 503, body = Problem)))]
pub(super) async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    app.look(|_| ()).await.map(|()| "ready")
}

/// Figures in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, content_type = "text/plain")))]
pub(super) async fn metrics(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text())
}

/// The world in a few numbers.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorldView {
    /// The number of events that made it.
    version: u64,
    /// A checksum of all of it, in hex: equal worlds, equal digests.
    digest: String,
    vehicles: usize,
    orders: usize,
    open_orders: usize,
    chargers: usize,
}

/// The world's version and checksum.
#[utoipa::path(get, path = "/v1/world", tag = "operation", responses((status = 200, body = WorldView)))]
pub(super) async fn world(State(app): State<App>) -> Result<Json<WorldView>, Problem> {
    let view = app.look(|fleet| WorldView {
        version: fleet.version().0,
        digest: format!("{:016x}", fleet.digest()),
        vehicles: fleet.world().vehicles().count(),
        orders: fleet.world().orders().count(),
        open_orders: fleet.world().open_orders(),
        chargers: fleet.world().chargers().count(),
    });
    view.await.map(Json)
}

/// The streets for drawing: `bounds` as [south, west, north, east] and `streets` as lists of latitude, longitude.
#[utoipa::path(get, path = "/v1/roads", tag = "operation", responses((status = 200, content_type = "application/json")))]
pub(super) async fn roads(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], app.streets.clone())
}

#[derive(Serialize)]
struct Streets {
    bounds: [f64; 4],
    streets: Vec<Vec<f64>>,
}

/// Made once at the start: the streets do not move.
pub(super) fn streets_json(roads: &Roads) -> String {
    let (low, high) = roads.bounds();
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let flat = |line: Vec<Position>| line.iter().flat_map(|at| [short(at.lat()), short(at.lon())]).collect();
    let streets = roads.street_polylines().map(|(_, line)| flat(line)).collect();
    let drawn = Streets { bounds: [low.lat(), low.lon(), high.lat(), high.lon()], streets };
    serde_json::to_string(&drawn).unwrap_or_default()
}
