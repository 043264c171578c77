//! Positions on their way to the traffic service: a buffer that the region fills at each tick and the service empties.
//! It is bounded; what finds no room is counted and gone, and neither side waits for the other.

use paceline_engine::TripLeg;
use paceline_model::VehicleId;
use paceline_road::Fix;
use std::sync::{Mutex, PoisonError};

/// Most that waits: ten seconds of 20,000 vehicles that report once a second.
const PROBES_MAX: usize = 200_000;

/// Where a vehicle was, and on which leg.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) vehicle: VehicleId,
    /// `None`: it was not driven for the fleet.
    pub(crate) leg: Option<TripLeg>,
    pub(crate) fix: Fix,
}

/// Probes that wait, and how many found no room since the start.
#[derive(Debug, Default)]
pub(crate) struct ProbeBuffer(Mutex<(Vec<Probe>, u64)>);

impl ProbeBuffer {
    pub(crate) fn insert(&self, probes: impl IntoIterator<Item = Probe>) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for probe in probes {
            if inside.0.len() < PROBES_MAX {
                inside.0.push(probe);
            } else {
                inside.1 += 1;
            }
        }
    }
    /// All that wait, and how many have found no room since the start.
    pub(crate) fn drain(&self) -> (Vec<Probe>, u64) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut inside.0), inside.1)
    }
}
