//! Readings since the last tick, on their way to the region. Each finds its row once, there; the newest of a vehicle counts.

use paceline_api::PositionsTaken;
use paceline_engine::Change;
use paceline_model::limits::READING_AHEAD_MS_MAX;
use paceline_model::{Event, Instant, Reading, VehicleId};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError, RwLock};

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
    /// The vehicles that are registered, so that whoever reports another is told.
    known: RwLock<BTreeSet<VehicleId>>,
    taken: Counter,
    ahead: Counter,
    unknown: Counter,
}

/// Unknown vehicles that an answer names.
const UNKNOWN_SHOWN: usize = 20;
/// Most readings that can wait: a flood takes room only until the next tick, and no more than this.
const ROWS_MAX: usize = 200_000;

impl Telemetry {
    /// Nothing waits yet.
    pub(crate) fn new(known: impl Iterator<Item = VehicleId>, registry: &mut Registry) -> Self {
        let table = Self { known: RwLock::new(known.collect()), ..Self::default() };
        registry.register("readings", "Vehicle readings taken", table.taken.clone());
        registry.register(
            "readings_unknown",
            "Those of vehicles that are not registered",
            table.unknown.clone(),
        );
        registry.register("readings_ahead", "Those too far ahead, which count as now", table.ahead.clone());
        table
    }
    /// Takes a batch in, all of it or nothing. Returns what was taken, and what of it counts as of now; `None`: there is no room.
    pub(crate) fn put(&self, mut batch: Vec<(VehicleId, Reading)>, now: Instant) -> Option<PositionsTaken> {
        let ahead = batch.iter_mut().map(|(_, reading)| u64::from(bound(reading, now))).sum();
        let taken = batch.len() as u64;
        let (unknown, unknown_vehicles) = self.unknown(&batch);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + batch.len() > ROWS_MAX {
            return None;
        }
        waiting.extend(batch);
        self.taken.inc_by(taken);
        self.ahead.inc_by(ahead);
        self.unknown.inc_by(unknown);
        Some(PositionsTaken { taken, ahead, unknown, unknown_vehicles })
    }
    /// How many readings are of vehicles that are not registered, and the first of these.
    fn unknown(&self, batch: &[(VehicleId, Reading)]) -> (u64, Vec<VehicleId>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = || batch.iter().map(|(vehicle, _)| vehicle).filter(|vehicle| !known.contains(*vehicle));
        (unknown().count() as u64, unknown().take(UNKNOWN_SHOWN).cloned().collect())
    }
    /// Follows who is registered.
    pub(crate) fn see(&self, change: &Change) {
        let known = || self.known.write().unwrap_or_else(PoisonError::into_inner);
        match &change.event {
            Event::VehicleRegistered { spec, .. } => _ = known().insert(spec.id.clone()),
            Event::VehicleRetired { vehicle } => _ = known().remove(vehicle),
            _ => {}
        }
    }
    /// Takes everything out, oldest first.
    pub(crate) fn take(&self) -> Vec<(VehicleId, Reading)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
