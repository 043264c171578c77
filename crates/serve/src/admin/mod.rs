//! The operator's listener: what goes on inside, for whoever carries the token. It is another socket than the public one,
//! so that a firewall can tell them apart, and a stuck public side can still be looked into.

#[cfg(feature = "profiles")]
mod allocator;
mod options;
mod profile;
mod token;

pub use options::AdminOptions;
pub use token::AdminToken;

use crate::hotspots::{Hotspot, Hotspots};
use crate::metrics::Metrics;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The listener, bound and not yet answering.
pub(crate) struct Admin {
    listener: TcpListener,
    pub(crate) local: SocketAddr,
    token: AdminToken,
}

impl Admin {
    pub(crate) async fn bind(address: SocketAddr, token: AdminToken) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let local = listener.local_addr()?;
        Ok(Self { listener, local, token })
    }

    /// Answers until `closing`.
    pub(crate) async fn run(
        self,
        metrics: Arc<Metrics>,
        hotspots: Arc<Hotspots>,
        closing: CancellationToken,
    ) -> std::io::Result<()> {
        let desk = Desk(Arc::new(Inner { token: self.token, metrics, hotspots, closing: closing.clone() }));
        axum::serve(self.listener, router(desk)).with_graceful_shutdown(closing.cancelled_owned()).await
    }
}

/// What every handler here can reach.
#[derive(Clone)]
struct Desk(Arc<Inner>);

struct Inner {
    token: AdminToken,
    metrics: Arc<Metrics>,
    hotspots: Arc<Hotspots>,
    closing: CancellationToken,
}

impl std::ops::Deref for Desk {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What is served, for whoever asks for `/`.
const INDEX: &str = "\
/metrics                          figures for Prometheus
/debug/hotspots                   where tasks and time pile up
/debug/pprof/profile?seconds=10   where the processor's time goes, for pprof
/debug/pprof/heap                 what holds memory, for pprof
";

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(async || INDEX))
        .route("/metrics", get(metrics))
        .route("/debug/hotspots", get(hotspots))
        .route("/debug/pprof/profile", get(profile::cpu))
        .route("/debug/pprof/heap", get(profile::heap))
        .fallback(async || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "E0104",
                "No such path",
                "Nothing is served here; / lists what is.",
            )
        })
        .layer(from_fn_with_state(desk.clone(), only_with_token))
        .with_state(desk)
}

async fn only_with_token(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if desk.token.is_in(request.headers()) {
        return next.run(request).await;
    }
    let detail = "Carry the admin token: `Authorization: Bearer TOKEN`.";
    let mut refused =
        Problem::new(StatusCode::UNAUTHORIZED, "E0602", "The token is missing or wrong", detail)
            .into_response();
    let asks = HeaderValue::from_static("Bearer realm=\"paceline admin\"");
    refused.headers_mut().insert(header::WWW_AUTHENTICATE, asks);
    refused
}

async fn metrics(State(desk): State<Desk>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], desk.metrics.text())
}

/// Each place where a rule of thumb was broken, worst first.
async fn hotspots(State(desk): State<Desk>) -> Json<Vec<Hotspot>> {
    Json(desk.hotspots.list())
}
