//! The HTTP side: who answers what, and the way of a request through it. One file for each kind of thing.

mod app;
mod body;
mod count;
mod errors;
mod link;
mod orders;
mod pages;
mod policy;
mod regions;
mod road;
mod routes;
mod sites;
mod stream;
mod telemetry;
mod traffic;
mod vehicles;

pub(crate) use app::App;
pub(crate) use pages::streets_json;

use crate::connections;
use crate::hooks::{self, TestHooks};
use axum::Router;
use axum::routing::get;
use paceline_model::RegionId;
use paceline_supervise::Supervisor;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers requests until `closing`, then finishes those under way.
pub(crate) async fn run(
    supervisor: Supervisor,
    listener: TcpListener,
    apps: Vec<(RegionId, App)>,
    closing: CancellationToken,
    hooks: Option<TestHooks>,
) {
    // Less than the whole server has, so that connections are ended here and not with this task.
    let grace =
        apps.first().map_or(Duration::ZERO, |(_, app)| Duration::from(app.options.drain_grace)) * 4 / 5;
    let regions = apps.into_iter().map(|(name, app)| (name, routes::router(app)));
    let mut router = regions::router(regions.collect());
    if hooks.is_some() {
        router = router.merge(Router::new().route("/test/panic", get(hooks::panics)));
    }
    connections::run(connections::PUBLIC, supervisor, listener, router, closing, grace).await;
}
