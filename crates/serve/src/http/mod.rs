//! The HTTP side: routes, and the way of a request through them. One file for each kind of thing.

mod body;
mod count;
mod link;
mod openapi;
mod orders;
mod pages;
mod policy;
mod road;
mod sites;
mod stream;
mod telemetry;
mod traffic;
mod vehicles;

pub use openapi::openapi_json;

use crate::clock::Clock;
use crate::connections;
use crate::hooks::{self, TestHooks};
use crate::metrics::Metrics;
use crate::options::ServeOptions;
use crate::problem::Problem;
use crate::region::Ask;
use crate::road_service::RoadRequest;
use crate::stream::Stream;
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traffic::{Batch, TrafficView};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use paceline_engine::{Fleet, Ledger};
use paceline_model::{Receipt, Request, Version};
use paceline_road::Roads;
use paceline_supervise::{LoadShedder, Supervisor};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    asks: mpsc::Sender<Ask>,
    road: mpsc::Sender<RoadRequest>,
    traffic: SyncSender<Batch>,
    traffic_view: watch::Receiver<Arc<TrafficView>>,
    durable: watch::Receiver<Version>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
    pub(crate) options: ServeOptions,
    pub(crate) streets: String,
    pub(crate) closing: CancellationToken,
    pub(crate) orders_named: AtomicU64,
    pub(crate) load_shedder: Arc<LoadShedder>,
    /// Tasks that vehicles' links may have.
    pub(crate) allowance: TaskAllowance,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    #[expect(clippy::too_many_arguments, reason = "the parts of a server, each once")]
    pub(crate) fn new(
        asks: mpsc::Sender<Ask>,
        road: mpsc::Sender<RoadRequest>,
        traffic: SyncSender<Batch>,
        traffic_view: watch::Receiver<Arc<TrafficView>>,
        durable: watch::Receiver<Version>,
        stream: Arc<Stream>,
        telemetry: Arc<Telemetry>,
        metrics: Arc<Metrics>,
        clock: Clock,
        options: ServeOptions,
        roads: Arc<Roads>,
        closing: CancellationToken,
        load_shedder: Arc<LoadShedder>,
        allowance: TaskAllowance,
    ) -> Self {
        let streets = pages::streets_json(&roads);
        let orders_named = AtomicU64::new(0);
        Self(Arc::new(Inner {
            asks,
            road,
            traffic,
            traffic_view,
            durable,
            stream,
            telemetry,
            metrics,
            clock,
            options,
            streets,
            closing,
            orders_named,
            load_shedder,
            allowance,
        }))
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.options.request_timeout_ms.into())
    }

    fn ask(&self, ask: Ask) -> Result<(), Problem> {
        if self.closing.is_cancelled() {
            return Err(Problem::draining());
        }
        self.asks.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                self.metrics.requests_turned_away.inc();
                Problem::busy("The region's queue is full; nothing of this request was applied.")
            }
            mpsc::error::TrySendError::Closed(_) => Problem::draining(),
        })
    }

    /// Puts a command to the fleet and waits until its answer is durable.
    pub(crate) async fn command(&self, request: Request) -> Result<Receipt, Problem> {
        self.command_traced(request, tracing::Span::none()).await
    }

    /// As [`App::command`], for a command that begins an order's trace.
    pub(crate) async fn command_traced(
        &self,
        request: Request,
        trace: tracing::Span,
    ) -> Result<Receipt, Problem> {
        let (caller, answer) = oneshot::channel();
        self.ask(Ask::Command(request, caller, trace))?;
        match tokio::time::timeout(self.timeout(), answer).await {
            Ok(Ok(answer)) => answer.map_err(Problem::from),
            Ok(Err(_)) => Err(Problem::draining()),
            Err(_) => Err(Problem::timeout()),
        }
    }

    /// Looks at the fleet, and waits until what was seen is durable.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Ledger<Fleet>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (caller, answer) = oneshot::channel();
        self.ask(Ask::Look(Box::new(move |fleet| {
            // A caller that has gone away does not need its answer.
            _ = caller.send((fleet.version(), look(fleet)));
        })))?;
        let seen = async {
            let (version, seen) = answer.await.ok()?;
            let mut durable = self.durable.clone();
            durable.wait_for(|durable| *durable >= version).await.ok()?;
            Some(seen)
        };
        match tokio::time::timeout(self.timeout(), seen).await {
            Ok(Some(seen)) => Ok(seen),
            Ok(None) => Err(Problem::draining()),
            Err(_) => Err(Problem::timeout()),
        }
    }
}

/// Answers requests until `closing`, then finishes those under way.
pub(crate) async fn run(
    supervisor: Supervisor,
    listener: TcpListener,
    app: App,
    closing: CancellationToken,
    hooks: Option<TestHooks>,
) {
    // Less than the whole server has, so that connections are ended here and not with this task.
    let grace = Duration::from_millis(app.options.drain_grace_ms.into()) * 4 / 5;
    let mut router = router(app);
    if hooks.is_some() {
        router = router.merge(Router::new().route("/test/panic", get(hooks::panics)));
    }
    connections::run(connections::PUBLIC, supervisor, listener, router, closing, grace).await;
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(pages::console))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/metrics", get(pages::metrics))
        .route("/openapi.json", get(openapi::serve))
        .route("/v1/orders", post(orders::place))
        .route("/v1/orders/{id}", get(orders::read).delete(orders::cancel))
        .route("/v1/orders/{id}/explain", get(orders::explain))
        .route("/v1/vehicles", get(vehicles::list))
        .route("/v1/vehicles/{id}", put(vehicles::put).get(vehicles::read).delete(vehicles::retire))
        .route("/v1/vehicles/{id}/stream", get(link::stream))
        .route("/v1/vehicles/{id}/positions", post(link::positions))
        .route("/v1/vehicles/{id}/accept", post(vehicles::accept))
        .route("/v1/vehicles/{id}/decline", post(vehicles::decline))
        .route("/v1/vehicles/{id}/arrived", post(vehicles::arrived))
        .route("/v1/vehicles/{id}/picked-up", post(vehicles::picked_up))
        .route("/v1/vehicles/{id}/dropped-off", post(vehicles::dropped_off))
        .route("/v1/vehicles/{id}/fault", post(vehicles::fault))
        .route("/v1/vehicles/{id}/recover", post(vehicles::recover))
        .route("/v1/vehicles/{id}/plug-in", post(vehicles::plug_in))
        .route("/v1/vehicles/{id}/unplug", post(vehicles::unplug))
        .route("/v1/telemetry", post(telemetry::post))
        .route("/v1/chargers/{id}", put(sites::put_charger))
        .route("/v1/geofences/{id}", put(sites::put_geofence))
        .route("/v1/stream", get(stream::open))
        .route("/v1/world", get(pages::world))
        .route("/v1/policy", get(policy::read))
        .route("/v1/roads", get(pages::roads))
        .route("/v1/traffic", get(traffic::read).post(traffic::post))
        .route("/v1/road/route", post(road::route))
        .route("/v1/road/table", post(road::table))
        .route("/v1/road/nearest", post(road::nearest))
        .route("/v1/road/isochrone", post(road::isochrone))
        .route("/v1/road/match", post(road::trace))
        .route("/errors/{code}", get(pages::error))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "E0104", "No such path", "Nothing is served here.")
        })
        .method_not_allowed_fallback(|| async {
            let detail = "This path is served, but not with this method.";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "E0105", "No such method", detail)
        })
        .layer(axum::middleware::from_fn_with_state(app.clone(), count::answers))
        .with_state(app)
}
