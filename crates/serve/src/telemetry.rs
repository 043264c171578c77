//! Readings since the last tick, on their way to the region. Each finds its row once, there; the newest of a vehicle counts.

use paceline_api::PositionsTaken;
use paceline_engine::{Change, Fleet, FleetOptions};
use paceline_model::limits::{READING_AHEAD_MS_MAX, READING_BEHIND_MS_MAX};
use paceline_model::{Event, Instant, Position, Reading, VehicleId};
use paceline_road::Roads;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Bounds what a device says of the time: a reading that is too far ahead of our clock counts as of now. Returns whether it did.
fn bound(reading: &mut Reading, now: Instant) -> bool {
    let ahead = reading.at.0 > now.0.saturating_add(READING_AHEAD_MS_MAX);
    if ahead {
        reading.at = now;
    }
    ahead
}

/// The streets near which a vehicle can be.
struct Map {
    roads: Arc<Roads>,
    /// How many metres from a street it ends.
    snap_m_max: AtomicU32,
}

impl Map {
    fn ends_before(&self, place: Position) -> bool {
        !self.roads.is_near(place, f64::from(self.snap_m_max.load(Ordering::Relaxed)))
    }
}

/// Readings on their way to the region.
pub(crate) struct Telemetry {
    map: Map,
    waiting: Mutex<Vec<(VehicleId, Reading)>>,
    /// The vehicles that are registered, so that whoever reports another is told.
    known: RwLock<BTreeSet<VehicleId>>,
    taken: Counter,
    ahead: Counter,
    unknown: Counter,
    off_map: Counter,
    behind: Counter,
}

/// Vehicles of a kind that an answer names.
const SHOWN_MAX: usize = 20;
/// Most readings that can wait: a flood takes room only until the next tick, and no more than this.
const ROWS_MAX: usize = 200_000;

impl Telemetry {
    /// Nothing waits yet.
    pub(crate) fn new(fleet: &Fleet, registry: &mut Registry) -> Self {
        let snap_m_max = fleet.options().snap_m_max;
        fleet.roads().cover(f64::from(snap_m_max));
        let known = fleet.world().vehicles().map(|vehicle| vehicle.spec.id.clone());
        let table = Self {
            map: Map { roads: fleet.roads().clone(), snap_m_max: AtomicU32::new(snap_m_max) },
            waiting: Mutex::default(),
            known: RwLock::new(known.collect()),
            taken: Counter::default(),
            ahead: Counter::default(),
            unknown: Counter::default(),
            off_map: Counter::default(),
            behind: Counter::default(),
        };
        registry.register("readings", "Vehicle readings taken", table.taken.clone());
        registry.register(
            "readings_unknown",
            "Those of vehicles that are not registered",
            table.unknown.clone(),
        );
        registry.register("readings_ahead", "Those too far ahead, which count as now", table.ahead.clone());
        registry.register("readings_behind", "Those more than 60 s behind our clock", table.behind.clone());
        let off_map = "Those near no street, and such places in commands, which move nobody";
        registry.register("readings_off_map", off_map, table.off_map.clone());
        table
    }
    /// Takes a batch in, all of it or nothing. Returns what was taken, and what of it counts as of now; `None`: there is no room.
    pub(crate) fn put(&self, mut batch: Vec<(VehicleId, Reading)>, now: Instant) -> Option<PositionsTaken> {
        let ahead = batch.iter_mut().map(|(_, reading)| u64::from(bound(reading, now))).sum();
        let taken = batch.len() as u64;
        let (unknown, unknown_vehicles) = self.unknown(&batch);
        let lost = |(_, reading): &&(VehicleId, Reading)| self.map.ends_before(reading.position);
        let (off_map, off_map_vehicles) = shown(batch.iter().filter(lost));
        let old = |(_, reading): &&(VehicleId, Reading)| reading.at.0 + READING_BEHIND_MS_MAX < now.0;
        let (behind, behind_vehicles) = shown(batch.iter().filter(old));
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + batch.len() > ROWS_MAX {
            return None;
        }
        waiting.extend(batch);
        self.taken.inc_by(taken);
        self.ahead.inc_by(ahead);
        self.unknown.inc_by(unknown);
        self.off_map.inc_by(off_map);
        self.behind.inc_by(behind);
        Some(PositionsTaken {
            taken,
            ahead,
            behind,
            behind_vehicles,
            unknown,
            unknown_vehicles,
            off_map,
            off_map_vehicles,
        })
    }
    /// Counts the place that a command names, if it is near no street.
    pub(crate) fn note(&self, reading: &Reading) {
        self.off_map.inc_by(self.map.ends_before(reading.position).into());
    }
    /// Goes by other options.
    pub(crate) fn follow(&self, options: &FleetOptions) {
        self.map.snap_m_max.store(options.snap_m_max, Ordering::Relaxed);
    }
    /// How many readings are of vehicles that are not registered, and the first of these.
    fn unknown(&self, batch: &[(VehicleId, Reading)]) -> (u64, Vec<VehicleId>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        shown(batch.iter().filter(|(vehicle, _)| !known.contains(vehicle)))
    }
    /// Follows who is registered.
    pub(crate) fn see(&self, change: &Change) {
        let known = || self.known.write().unwrap_or_else(PoisonError::into_inner);
        match &change.event {
            Event::VehicleRegistered { spec, .. } => _ = known().insert(spec.id.clone()),
            Event::VehicleRetired { vehicle } | Event::VehicleHandedOver { vehicle, .. } => {
                _ = known().remove(vehicle);
            }
            _ => {}
        }
    }
    /// Takes everything out, oldest first.
    pub(crate) fn take(&self) -> Vec<(VehicleId, Reading)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many readings there are, and the first vehicles that they are of.
fn shown<'a>(readings: impl Iterator<Item = &'a (VehicleId, Reading)>) -> (u64, Vec<VehicleId>) {
    let mut vehicles = readings.map(|(vehicle, _)| vehicle);
    let first: Vec<VehicleId> = vehicles.by_ref().take(SHOWN_MAX).cloned().collect();
    (first.len() as u64 + vehicles.count() as u64, first)
}
