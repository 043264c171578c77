//! What vehicles say of where they are, on its way to the traffic desk: a box that the region fills at each tick and the desk empties.
//! It holds so much and no more; what finds no room is counted and gone, and nobody waits for anybody.

use paceline_engine::Errand;
use paceline_model::VehicleId;
use paceline_road::Fix;
use std::sync::{Mutex, PoisonError};

/// Most that waits: ten seconds of 20,000 vehicles that report once a second.
const HEARD_MAX: usize = 200_000;

/// Where a vehicle was, and why it drove.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) vehicle: VehicleId,
    pub(crate) errand: Option<Errand>,
    pub(crate) fix: Fix,
}

/// The box.
#[derive(Debug, Default)]
pub(crate) struct ProbeBox(Mutex<(Vec<Heard>, u64)>);

impl ProbeBox {
    pub(crate) fn put(&self, heard: impl IntoIterator<Item = Heard>) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for heard in heard {
            if inside.0.len() < HEARD_MAX {
                inside.0.push(heard);
            } else {
                inside.1 += 1;
            }
        }
    }
    /// All of it, and how many have found no room since the start.
    pub(crate) fn take(&self) -> (Vec<Heard>, u64) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut inside.0), inside.1)
    }
}
