//! What every handler of a region can reach.

use crate::clock::Clock;
use crate::journal_writer::JournalStatus;
use crate::options::ServeOptions;
use crate::problem::Problem;
use crate::region::handle::RegionHandle;
use crate::road_service::RoadHandle;
use crate::shadow::ShadowBook;
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::traffic::TrafficHandle;
use crate::view::ViewHandle;
use axum::http::StatusCode;
use paceline_journal::Health;
use paceline_supervise::LoadShedder;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What every handler of a region can reach.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The ways to a region's parts, and what they share.
pub(crate) struct Parts {
    pub(crate) region: RegionHandle,
    pub(crate) view: ViewHandle,
    pub(crate) road: RoadHandle,
    pub(crate) traffic: TrafficHandle,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) shadow: Arc<ShadowBook>,
    /// The region's metrics.
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Clock,
    pub(crate) options: ServeOptions,
    /// The streets for drawing, as JSON.
    pub(crate) streets: String,
    /// Orders that got a name here.
    pub(crate) orders_named: AtomicU64,
    pub(crate) load_shedder: Arc<LoadShedder>,
    /// Tasks that vehicles' links may have.
    pub(crate) allowance: TaskAllowance,
}

impl App {
    /// Says that the region has recovered and answers. Errors: it does not, nothing becomes durable, or it is shutting down.
    pub(super) async fn ready(&self) -> Result<String, Problem> {
        tokio::select! {
            biased;
            () = self.region.stalled() => {}
            // It is asked before all that waits: a region that is busy is ready.
            answered = self.region.join(|_, _| ()) => answered?,
        }
        let JournalStatus { health, why } = self.region.status.borrow().clone();
        if health == Health::Stalled {
            return Err(Problem::no_room(why.as_deref()).with_status(StatusCode::SERVICE_UNAVAILABLE));
        }
        let clock = self.clock.status().not_believed_ms;
        let clock = clock.map(|ms| format!("the wall clock jumped by {ms} ms and is not believed"));
        let full =
            (health == Health::Low).then(|| "the journal's disk is full: new orders are refused".to_owned());
        Ok(["ready".to_owned()].into_iter().chain(full).chain(clock).collect::<Vec<_>>().join("; "))
    }
}

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
