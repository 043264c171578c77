//! Vehicles that go from one region to another: how a region tells the other, wherever that runs, and which of its vehicles are nearer to
//! another's orders. What is to be told follows from what is durable, so that whoever begins anew tells the same; nothing is queued here.

mod awaited;
mod deliver;
mod exchange;
mod metrics;
mod options;
mod outlook;
mod relief;

pub(crate) use awaited::Awaited;
pub(crate) use exchange::{Door, Exchange};
pub(crate) use metrics::HandOverMetrics;
pub use options::ReliefOptions;
pub(crate) use outlook::{outlook, told};

use crate::http::App;
use deliver::Delivery;
use paceline_supervise::Scope;
use paceline_supervise::sync::watch;
use relief::Reliever;

/// What a fleet does about the regions around it.
pub(crate) struct Beyond {
    pub(crate) app: App,
    /// Changes when a vehicle has left.
    pub(crate) woken: watch::Receiver<u64>,
    pub(crate) relief: ReliefOptions,
    pub(crate) metrics: HandOverMetrics,
}

impl Beyond {
    /// Starts what tells other regions, and what looks for vehicles of theirs, if there are any others.
    pub(crate) fn start(self, scope: &Scope) {
        let Self { app, woken, relief, metrics } = self;
        if app.exchange.is_of_several() {
            Delivery { app: app.clone(), woken, metrics: metrics.clone() }.start(scope);
        }
        if !relief.with.is_empty() {
            Reliever { app, options: relief, metrics }.start(scope);
        }
    }
}
