//! What a fleet tells of the moment: where every vehicle is, and the key figures.

use super::model::Model;
use super::positions;
use super::reader::Shown;
use super::telling::Moments;
use crate::clock::Clock;
use crate::metrics::{Figures, WorldMetrics};
use crate::stream::{Moment, Stream};
use paceline_engine::Change;
use paceline_model::Version;
use paceline_supervise::Spawner;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Positions and figures.
pub(crate) struct FleetMoments {
    figures: Mutex<Figures>,
    positions: SyncSender<()>,
    metrics: WorldMetrics,
    clock: Clock,
}

impl FleetMoments {
    /// Starts the thread that writes positions.
    pub(crate) fn start(
        scope: &Spawner,
        shown: &Arc<Shown>,
        stream: &Arc<Stream>,
        metrics: WorldMetrics,
        clock: Clock,
    ) -> Self {
        let positions = positions::start(scope, shown.clone(), stream.clone());
        Self { figures: Mutex::default(), positions, metrics, clock }
    }
}

impl Moments<Model> for FleetMoments {
    fn on_change(&self, change: &Change) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).see(change);
    }

    fn on_round(&self, degraded: bool, took: Duration) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).round(degraded, took);
    }

    fn publish(&self, shown: &Shown, stream: &Stream) {
        let (version, open, vehicles) = {
            let model: &Model = &shown.read();
            (model.version, model.orders.open(), model.vehicles.jobs())
        };
        let Version(number) = version;
        self.metrics.open_orders.set(open as i64);
        if stream.clients() == 0 {
            return;
        }
        // The one before may still be under way: then these are passed over.
        _ = self.positions.try_send(());
        stream.moment(Moment::Figures, || {
            let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = figures.shown(self.clock.now(), number, open, vehicles);
            serde_json::to_vec(&shown).unwrap_or_default()
        });
    }
}
