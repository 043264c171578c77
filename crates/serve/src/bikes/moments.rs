//! What a bikes region tells of the moment: where vans are, what stands at stations, and the key figures. Rows are written on the task that keeps
//! the read model up: those of 50,000 stations take some ten milliseconds, and only while something has changed and somebody listens.

use super::figures::BikesFigures;
use super::model::BikesModel;
use super::shell::BikesMetrics;
use super::views::{stock_row, van_position};
use crate::clock::Clock;
use crate::stream::{Moment, Stream};
use crate::view::{Moments, Shown};
use paceline_engine::bikes::Change;
use paceline_model::Instant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Positions, stock and figures.
pub(crate) struct BikesMoments {
    figures: Mutex<BikesFigures>,
    metrics: BikesMetrics,
    clock: Clock,
    /// The version whose stock was told last.
    stock_of: AtomicU64,
}

impl BikesMoments {
    pub(crate) fn new(metrics: BikesMetrics, clock: Clock) -> Self {
        Self { figures: Mutex::default(), metrics, clock, stock_of: AtomicU64::default() }
    }

    fn figures(&self) -> MutexGuard<'_, BikesFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moments<BikesModel> for BikesMoments {
    fn on_change(&self, change: &Change) {
        self.figures().see(change);
    }

    fn on_round(&self, degraded: bool, took: Duration) {
        self.figures().round(degraded, took);
    }

    fn publish(&self, shown: &Shown<BikesModel>, stream: &Stream) {
        let model: &BikesModel = &shown.read();
        self.metrics.measure(model);
        if stream.clients() == 0 {
            return;
        }
        let now = self.clock.now();
        stream.moment(Moment::Positions, || positions(model, now));
        if self.stock_of.swap(model.version.0, Ordering::Relaxed) != model.version.0 {
            stream.moment(Moment::Stock, || stock(model));
        }
        stream.moment(Moment::Figures, || {
            // Plain data always encodes.
            serde_json::to_vec(&self.figures().shown(now, model)).unwrap_or_default()
        });
    }
}

fn positions(model: &BikesModel, now: Instant) -> Vec<u8> {
    let rows: Vec<_> = model.vans.values().map(|row| van_position(model, row, now)).collect();
    serde_json::to_vec(&rows).unwrap_or_default()
}

fn stock(model: &BikesModel) -> Vec<u8> {
    let rows: Vec<_> = model.stations.values().map(stock_row).collect();
    serde_json::to_vec(&rows).unwrap_or_default()
}
