//! The HTTP side: who answers what, and the way of a request through it. One file for each kind of thing.

mod app;
mod body;
mod count;
mod errors;
mod link;
mod orders;
mod pages;
mod policy;
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
use paceline_supervise::Supervisor;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers requests until `closing`, then finishes those under way.
pub(crate) async fn run(
    supervisor: Supervisor,
    listener: TcpListener,
    app: App,
    closing: CancellationToken,
    hooks: Option<TestHooks>,
) {
    // Less than the whole server has, so that connections are ended here and not with this task.
    let grace = Duration::from(app.options.drain_grace) * 4 / 5;
    let mut router = routes::router(app);
    if hooks.is_some() {
        router = router.merge(Router::new().route("/test/panic", get(hooks::panics)));
    }
    connections::run(connections::PUBLIC, supervisor, listener, router, closing, grace).await;
}
