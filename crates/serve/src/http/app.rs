//! What every handler of a region can reach.

use crate::clock::Clock;
use crate::fleet::shadow::ShadowBook;
use crate::hand_over::{Awaited, Exchange};
use crate::journal_writer::JournalStatus;
use crate::kind::Kind;
use crate::options::ServeOptions;
use crate::problem::Problem;
use crate::region::handle::RegionHandle;
use crate::streets::{OnStreets, Streets};
use crate::task_allowance::TaskAllowance;
use crate::telemetry::Telemetry;
use crate::view::ViewHandle;
use axum::http::StatusCode;
use paceline_api::Code;
use paceline_engine::Fleet;
use paceline_journal::Health;
use paceline_model::RegionId;
use paceline_supervise::LoadShedder;
use prometheus_client::registry::Registry;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What every handler of a region can reach.
pub(crate) struct App<W: Kind = Fleet>(Arc<Parts<W>>);

/// The ways to a region's parts, and what they share; beyond, by `Deref`, what only its kind has.
pub(crate) struct Parts<W: Kind> {
    pub(crate) region: RegionHandle<W>,
    pub(crate) view: ViewHandle<W::Model>,
    /// The region's metrics.
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Clock,
    pub(crate) options: ServeOptions,
    pub(crate) load_shedder: Arc<LoadShedder>,
    pub(crate) own: W::Own,
}

/// What handlers of a fleet alone can reach.
pub(crate) struct FleetOwn {
    /// The region's name.
    pub(crate) name: RegionId,
    /// The way to other regions.
    pub(crate) exchange: Exchange,
    /// Its orders for which another region's vehicle is on its way.
    pub(crate) awaited: Awaited,
    pub(crate) streets: Streets,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) shadow: Arc<ShadowBook>,
    /// Orders that got a name here.
    pub(crate) orders_named: AtomicU64,
    /// Tasks that vehicles' links may have.
    pub(crate) allowance: TaskAllowance,
}

impl<W: Kind> App<W> {
    /// Says that the region has recovered and answers. Errors: it does not, nothing becomes durable, or it is shutting down.
    pub(super) async fn ready(&self) -> Result<String, Problem> {
        tokio::select! {
            biased;
            () = self.region.stalled() => {}
            // It is asked before all that waits: a region that is busy is ready.
            answered = self.region.join(|_, _| ()) => answered?,
        }
        let JournalStatus { health, why, .. } = self.region.status.borrow().clone();
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

impl<W: OnStreets> App<W> {
    /// The region's streets. Errors: it has none.
    pub(super) fn on_streets(&self) -> Result<&Streets, Problem> {
        let none =
            || Problem::new(Code::E0104, "This region knows no streets: its roads are not configured.");
        W::streets(&self.own).ok_or_else(none)
    }
}

impl<W: Kind> Clone for App<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: Kind> From<Parts<W>> for App<W> {
    fn from(parts: Parts<W>) -> Self {
        Self(Arc::new(parts))
    }
}

impl<W: Kind> Deref for App<W> {
    type Target = Parts<W>;
    fn deref(&self) -> &Parts<W> {
        &self.0
    }
}

impl<W: Kind> Deref for Parts<W> {
    type Target = W::Own;
    fn deref(&self) -> &W::Own {
        &self.own
    }
}
