//! The newest reading of each vehicle since the last tick: a table, not a queue, so that a flood of positions takes
//! no more room than the fleet has vehicles.

use paceline_model::{Reading, VehicleId};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Readings on their way to the region.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    newest: Mutex<BTreeMap<VehicleId, Reading>>,
    /// All of them, where the fleet is its own sensor: a gateway that reports once in ten seconds sends ten positions at once.
    all: Option<Mutex<Vec<(VehicleId, Reading)>>>,
}

/// Most vehicles that can be in the table: names that nobody registered take room only until the next tick.
const ROWS_MAX: usize = 200_000;

impl Telemetry {
    /// An empty table. `keep_all`: whether [`Self::take_all`] will be asked for.
    pub(crate) fn new(keep_all: bool) -> Self {
        Self { newest: Mutex::default(), all: keep_all.then(Mutex::default) }
    }
    /// Every reading since the last time, oldest first; none where they are not kept.
    pub(crate) fn take_all(&self) -> Vec<(VehicleId, Reading)> {
        let Some(all) = &self.all else { return Vec::new() };
        std::mem::take(&mut *all.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
    /// Takes a batch in, all of it or nothing. Returns whether there was room.
    pub(crate) fn put(&self, batch: Vec<(VehicleId, Reading)>) -> bool {
        let mut newest = self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if newest.len() + batch.len() > ROWS_MAX {
            return false;
        }
        if let Some(all) = &self.all {
            let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let room = ROWS_MAX.saturating_sub(all.len());
            all.extend(batch.iter().take(room).cloned());
        }
        for (vehicle, reading) in batch {
            match newest.get_mut(&vehicle) {
                Some(known) if known.at > reading.at => {}
                Some(known) => *known = reading,
                None => _ = newest.insert(vehicle, reading),
            }
        }
        true
    }
    /// Takes everything out, by vehicle.
    pub(crate) fn take(&self) -> Vec<(VehicleId, Reading)> {
        let mut newest = self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::take(&mut *newest).into_iter().collect()
    }
}
