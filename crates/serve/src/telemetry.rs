//! Readings since the last tick, on their way to the region. Each finds its row once, there; the newest of a vehicle counts.

use paceline_api::PositionsTaken;
use paceline_model::limits::READING_AHEAD_MS_MAX;
use paceline_model::{Instant, Reading, VehicleId};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::sync::{Mutex, PoisonError};

/// Bounds what a device says of the time: a reading that is too far ahead of our clock counts as of now. Returns whether it did.
fn bound(reading: &mut Reading, now: Instant) -> bool {
    let ahead = reading.at.0 > now.0.saturating_add(READING_AHEAD_MS_MAX);
    if ahead {
        reading.at = now;
    }
    ahead
}

/// Readings on their way to the region.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    waiting: Mutex<Vec<(VehicleId, Reading)>>,
    taken: Counter,
    ahead: Counter,
}

/// Most readings that can wait: a flood takes room only until the next tick, and no more than this.
const ROWS_MAX: usize = 200_000;

impl Telemetry {
    /// Nothing waits yet.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let table = Self::default();
        registry.register("readings", "Vehicle readings taken", table.taken.clone());
        registry.register("readings_ahead", "Those too far ahead, which count as now", table.ahead.clone());
        table
    }
    /// Takes a batch in, all of it or nothing. Returns what was taken, and what of it counts as of now; `None`: there is no room.
    pub(crate) fn put(&self, mut batch: Vec<(VehicleId, Reading)>, now: Instant) -> Option<PositionsTaken> {
        let ahead = batch.iter_mut().map(|(_, reading)| u64::from(bound(reading, now))).sum();
        let taken = batch.len() as u64;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + batch.len() > ROWS_MAX {
            return None;
        }
        waiting.extend(batch);
        self.taken.inc_by(taken);
        self.ahead.inc_by(ahead);
        Some(PositionsTaken { taken, ahead })
    }
    /// Takes everything out, oldest first.
    pub(crate) fn take(&self) -> Vec<(VehicleId, Reading)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
