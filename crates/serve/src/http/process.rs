//! What is about the process and not about one of its regions: health, metrics, the page, the description of the API.

use crate::auth::Room;
use crate::metrics::{Exposition, MEDIA};
use crate::problem::Problem;
use crate::running::{Running, RunningRegions};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::Html;
use paceline_api::RegionView;
use std::sync::Arc;

/// What these handlers can reach.
#[derive(Clone)]
pub(super) struct Process {
    pub(super) regions: RunningRegions,
    pub(super) exposition: Arc<Exposition>,
    pub(super) room: Arc<Room>,
}

/// The page: one file, nothing to build, nothing to fetch from elsewhere. Its parts stand under `page/`: what all regions share, a face for
/// each kind that has one, and how it begins.
const PAGE: &str = concat!(
    include_str!("../page/head.html"),
    include_str!("../page/style.css"),
    include_str!("../page/body.html"),
    include_str!("../page/map.js"),
    include_str!("../page/fleet.js"),
    include_str!("../page/bikes.js"),
    include_str!("../page/page.js"),
);

/// The page is made of nothing but itself, and speaks to nobody but the server that it came from.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                           img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn console() -> ([(HeaderName, &'static str); 1], Html<&'static str>) {
    ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(PAGE))
}

/// Whether the process lives.
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Whether all regions take requests.
pub(super) async fn readyz(State(process): State<Process>) -> Result<String, Problem> {
    let mut ready = String::new();
    for region in process.regions.now().iter() {
        ready = (region.served.ready)().await?;
    }
    // Whoever has a key or a certificate is served all the same.
    let trouble = process.room.trouble().map(str::to_owned);
    Ok([ready].into_iter().chain(trouble).collect::<Vec<_>>().join("; "))
}

/// The regions that are served.
pub(super) async fn regions(State(process): State<Process>) -> Json<Vec<RegionView>> {
    let view =
        |region: &Arc<Running>| RegionView { region: region.name().to_string(), kind: region.served.kind };
    Json(process.regions.now().iter().map(view).collect())
}

/// Figures in the Prometheus text format: the process's, and each region's under its name.
pub(super) async fn metrics(State(process): State<Process>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, MEDIA)], process.exposition.text())
}

/// The description of the API.
pub(super) async fn openapi() -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], paceline_api::openapi_json())
}
