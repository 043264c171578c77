//! What every handler can reach, and how it asks the region.

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::options::ServeOptions;
use crate::problem::Problem;
use crate::region::Ask;
use crate::road_service::RoadRequest;
use crate::stream::Stream;
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traffic::Batch;
use paceline_api::TrafficView;
use paceline_engine::{Fleet, Ledger};
use paceline_model::{Receipt, Request, Version};
use paceline_supervise::LoadShedder;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) road: mpsc::Sender<RoadRequest>,
    pub(super) traffic: SyncSender<Batch>,
    pub(super) traffic_view: watch::Receiver<Arc<TrafficView>>,
    pub(super) durable: watch::Receiver<Version>,
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
        streets: String,
        closing: CancellationToken,
        load_shedder: Arc<LoadShedder>,
        allowance: TaskAllowance,
    ) -> Self {
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

    pub(super) fn timeout(&self) -> Duration {
        self.options.request_timeout.into()
    }

    pub(super) fn ask(&self, ask: Ask) -> Result<(), Problem> {
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
