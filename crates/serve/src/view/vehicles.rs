//! The vehicles of the read model, with how many do what.

use super::rows::VehicleRow;
use super::slots::Slots;
use super::vehicle::job;
use paceline_api::Job;
use paceline_engine::PositionFix;
use paceline_model::{Reading, VehicleId, VehicleIdx};
use std::collections::BTreeMap;

/// Vehicles as they are read.
#[derive(Default)]
pub(crate) struct Vehicles {
    rows: Slots<VehicleRow>,
    /// How many do what.
    jobs: BTreeMap<Job, u32>,
}

impl Vehicles {
    pub(crate) fn jobs(&self) -> BTreeMap<Job, u32> {
        self.jobs.clone()
    }
    pub(crate) fn get(&self, id: &VehicleId) -> Option<&VehicleRow> {
        self.rows.get(id)
    }
    /// By name, those that follow `after`; of no name: all.
    pub(crate) fn after(&self, after: Option<&VehicleId>) -> impl Iterator<Item = &VehicleRow> {
        self.rows.after(after)
    }
    /// By row, those of the slots from `first` on, `count` slots at most; `None`: there are no such slots.
    pub(crate) fn slots(&self, first: usize, count: usize) -> Option<impl Iterator<Item = &VehicleRow>> {
        self.rows.range(first, count)
    }
    /// Takes in how a vehicle stands; `None`: it is gone.
    pub(super) fn set(&mut self, idx: VehicleIdx, row: Option<VehicleRow>) {
        let before = self.take(idx);
        let Some(mut row) = row else { return };
        if let Some(known) = before.filter(|known| known.newest.at > row.newest.at) {
            // It spoke since what is told of it here became true.
            (row.newest, row.fix) = (known.newest, known.fix);
        }
        *self.jobs.entry(job(row.service, &row.job)).or_default() += 1;
        self.rows.insert(idx, row);
    }
    /// Takes in what a vehicle says of itself. One that is not shown yet is passed over.
    pub(super) fn hear(&mut self, idx: VehicleIdx, reading: Reading, fix: PositionFix) {
        if let Some(row) = self.rows.at_mut(idx) {
            (row.newest, row.fix) = (reading, fix);
        }
    }

    fn take(&mut self, idx: VehicleIdx) -> Option<VehicleRow> {
        let row = self.rows.remove(idx)?;
        if let Some(count) = self.jobs.get_mut(&job(row.service, &row.job)) {
            *count -= 1;
        }
        self.jobs.retain(|_, count| *count > 0);
        Some(row)
    }
}
