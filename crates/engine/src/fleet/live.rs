//! What vehicles said last: telemetry, beside the world and not part of it. A restart begins without it.

use paceline_model::{Instant, Reading, VehicleId};
use std::collections::BTreeMap;

/// The newest reading of each vehicle.
#[derive(Debug, Default)]
pub(super) struct Live {
    newest: BTreeMap<VehicleId, Heard>,
}

#[derive(Debug)]
struct Heard {
    reading: Reading,
    /// When it reached the engine: silence is measured by our clock, not by the vehicle's.
    at: Instant,
}

impl Live {
    /// Takes a reading unless a newer one is known.
    pub(super) fn hear(&mut self, at: Instant, vehicle: &VehicleId, reading: Reading) {
        match self.newest.get_mut(vehicle) {
            Some(heard) if heard.reading.at > reading.at => heard.at = at,
            Some(heard) => *heard = Heard { reading, at },
            None => _ = self.newest.insert(vehicle.clone(), Heard { reading, at }),
        }
    }
    /// The vehicle spoke, but not of itself.
    pub(super) fn touch(&mut self, at: Instant, vehicle: &VehicleId) {
        if let Some(heard) = self.newest.get_mut(vehicle) {
            heard.at = at;
        }
    }
    pub(super) fn forget(&mut self, vehicle: &VehicleId) {
        self.newest.remove(vehicle);
    }
    pub(super) fn reading(&self, vehicle: &VehicleId) -> Option<Reading> {
        self.newest.get(vehicle).map(|heard| heard.reading)
    }
    /// When the vehicle was last heard, if it was since the start.
    pub(super) fn heard_at(&self, vehicle: &VehicleId) -> Option<Instant> {
        self.newest.get(vehicle).map(|heard| heard.at)
    }
}
