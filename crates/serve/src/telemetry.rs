//! The newest reading of each vehicle since the last tick: a table, not a queue, so that a flood of positions takes
//! no more room than the fleet has vehicles.

use paceline_model::{Reading, VehicleId};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Readings on their way to the region.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    newest: Mutex<BTreeMap<VehicleId, Reading>>,
}

/// Most vehicles that can be in the table: names that nobody registered take room only until the next tick.
const ROWS_MAX: usize = 200_000;

impl Telemetry {
    /// Takes a batch in, all of it or nothing. Returns whether there was room.
    pub(crate) fn put(&self, batch: Vec<(VehicleId, Reading)>) -> bool {
        let mut newest = self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if newest.len() + batch.len() > ROWS_MAX {
            return false;
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
