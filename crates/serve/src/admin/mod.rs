//! The operator's listener: what goes on inside, for whoever carries the token. It is another socket than the public one,
//! so that a firewall can tell them apart, and a stuck public side can still be looked into.

#[cfg(feature = "profiles")]
mod allocator;
mod app;
mod dump;
mod flight;
mod options;
mod profile;
pub(crate) mod sched;
#[cfg(feature = "profiles")]
mod task_profile;
mod tasks;
mod token;

pub(crate) use app::Sources;
pub use options::AdminOptions;
pub use token::AdminToken;

use crate::auth::{Arrival, pause_after_wrong, presented};
use crate::connections::{self, Bound, Served};
use crate::hotspots::Hotspot;
use crate::metrics::MEDIA;
use crate::problem::Problem;
use crate::reloader::Reloaded;
use crate::tls::Tls;
use app::AdminApp;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use paceline_api::Code;
use paceline_supervise::{Leak, ProofCost, Spawner};
use sched::Sched;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Most connections of operators, their tools and Prometheus. They stand in the reserve of descriptors.
const CONNECTIONS_MAX: usize = 16;
/// How long answers under way may take when the server ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// The listener, bound and not yet answering.
pub(crate) struct Admin {
    listener: TcpListener,
    pub(crate) local: SocketAddr,
    token: AdminToken,
    pub(crate) tls: Option<Arc<Tls>>,
}

impl Admin {
    pub(crate) async fn bind(
        address: SocketAddr,
        token: AdminToken,
        tls: Option<Arc<Tls>>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let local = listener.local_addr()?;
        Ok(Self { listener, local, token, tls })
    }

    /// Answers until the scope is closed.
    pub(crate) async fn run(self, sources: Sources, spawner: Spawner) {
        let (closing, supervisor) = (spawner.token(), sources.supervisor.clone());
        let admin = AdminApp::new(self.token, sources, spawner);
        let bound = Bound::new(CONNECTIONS_MAX, CONNECTIONS_MAX);
        let (component, listener, tls) = (connections::ADMIN, self.listener, self.tls);
        let served = Served { component, listener, tls, bound, turnstile: None, router: router(admin) };
        connections::run(served, supervisor, closing, LAST_ANSWERS).await;
    }
}

/// What is served, for whoever asks for `/`.
const INDEX: &str = "\
/metrics                          figures for Prometheus
/debug/tasks                      every task, by component and owner; ?format=json|text|folded&component=&owner=&state=&limit=
/debug/leaks                      tasks that nobody can wake, by proof, with who holds what they wait for
/debug/sched                      the last second: tasks by state, spawns, ends, queues, polls
/debug/trace                      the flight recorder, for ui.perfetto.dev
/debug/hotspots                   where tasks and time pile up
/debug/dump                       all of these in one document, for `paceline doctor --dump`
/debug/pprof/profile?seconds=10   where the processor's time goes, for pprof
/debug/pprof/heap                 what holds memory, for pprof
/debug/pprof/tasks                tasks by spawn line and place of waiting, with owners as labels, for pprof
POST /v1/admin/reload             reads the options of all regions again and adopts them, as SIGHUP does
";

fn router(admin: AdminApp) -> Router {
    Router::new()
        .route("/", get(async || INDEX))
        .route("/v1/admin/reload", post(reload))
        .route("/metrics", get(metrics))
        .route("/debug/tasks", get(tasks::show))
        .route("/debug/leaks", get(leaks))
        .route("/debug/sched", get(sched))
        .route("/debug/trace", get(flight::show))
        .route("/debug/hotspots", get(hotspots))
        .route("/debug/dump", get(dump::show))
        .route("/debug/pprof/profile", get(profile::cpu))
        .route("/debug/pprof/heap", get(profile::heap))
        .route("/debug/pprof/tasks", get(profile::tasks))
        .fallback(async || Problem::new(Code::E0104, "Nothing is served here; / lists what is."))
        .layer(from_fn_with_state(admin.clone(), only_with_token))
        .with_state(admin)
}

async fn only_with_token(State(admin): State<AdminApp>, request: Request, next: Next) -> Response {
    if admin.admits(request.headers()) {
        return next.run(request).await;
    }
    if presented(request.headers()).is_some() {
        // One line for each, which is two a second and connection at most. What was presented is not said: it may be almost right.
        let from = request.extensions().get::<Arrival>().map(|arrival| arrival.remote);
        tracing::warn!(?from, "a request to the operator's listener carries a wrong token");
        pause_after_wrong().await;
    }
    let detail = "Carry the admin token: `Authorization: Bearer TOKEN`.";
    let mut refused = Problem::new(Code::E0602, detail).into_response();
    let asks = HeaderValue::from_static("Bearer realm=\"paceline admin\"");
    refused.headers_mut().insert(header::WWW_AUTHENTICATE, asks);
    refused
}

async fn metrics(State(admin): State<AdminApp>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, MEDIA)], admin.exposition.text())
}

/// Reads the options of all regions again and adopts them.
async fn reload(State(admin): State<AdminApp>) -> Result<Json<Reloaded>, Problem> {
    match admin.reloader.reload().await? {
        Some(reloaded) => Ok(Json(reloaded)),
        None => {
            let detail = "This server was started without a configuration that could be read again.";
            Err(Problem::new(Code::E0606, detail).with_status(StatusCode::NOT_IMPLEMENTED))
        }
    }
}

/// Each place where a rule of thumb was broken, worst first.
async fn hotspots(State(admin): State<AdminApp>) -> Json<Vec<Hotspot>> {
    Json(admin.hotspots.list())
}

/// What is proved to leak, and what the latest proof took.
async fn leaks(State(admin): State<AdminApp>) -> Json<Leaks> {
    let registry = admin.supervisor.registry();
    Json(Leaks { leaks: registry.leaks(), proof: registry.proof_cost() })
}

#[derive(Serialize)]
struct Leaks {
    leaks: Vec<Leak>,
    proof: ProofCost,
}

/// The last second.
async fn sched(State(admin): State<AdminApp>) -> Json<Sched> {
    Json(admin.sampler.last())
}
