//! The vehicles of the read model: by row, because readings come by row, and by name, because lists do.

use super::rows::VehicleRow;
use super::vehicle::job;
use paceline_api::Job;
use paceline_model::{Reading, VehicleId, VehicleIdx};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Vehicles as they are read.
#[derive(Default)]
pub(crate) struct Vehicles {
    slots: Vec<Option<(VehicleIdx, VehicleRow)>>,
    by_name: BTreeMap<VehicleId, VehicleIdx>,
    /// How many do what.
    jobs: BTreeMap<Job, u32>,
}

impl Vehicles {
    pub(crate) fn jobs(&self) -> BTreeMap<Job, u32> {
        self.jobs.clone()
    }
    pub(crate) fn get(&self, id: &VehicleId) -> Option<&VehicleRow> {
        self.at(*self.by_name.get(id)?)
    }
    /// By name, those that follow `after`; of no name: all.
    pub(crate) fn after(&self, after: Option<&VehicleId>) -> impl Iterator<Item = &VehicleRow> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let named = self.by_name.range::<VehicleId, _>((from, Bound::Unbounded));
        named.filter_map(|(_, idx)| self.at(*idx))
    }
    /// By row, those of the slots from `first` on, `count` slots at most; `None`: there are no such slots.
    pub(crate) fn slots(&self, first: usize, count: usize) -> Option<impl Iterator<Item = &VehicleRow>> {
        let last = self.slots.len().min(first + count);
        let slots = (first < last).then(|| &self.slots[first..last])?;
        Some(slots.iter().flatten().map(|(_, row)| row))
    }
    /// Takes in how a vehicle stands; `None`: it is gone.
    pub(super) fn set(&mut self, idx: VehicleIdx, row: Option<VehicleRow>) {
        self.take(idx);
        let Some(row) = row else { return };
        *self.jobs.entry(job(row.service, &row.job)).or_default() += 1;
        self.by_name.insert(row.spec.id.clone(), idx);
        if self.slots.len() <= idx.slot() {
            self.slots.resize_with(idx.slot() + 1, || None);
        }
        self.slots[idx.slot()] = Some((idx, row));
    }
    /// Takes in what a vehicle says of itself. One that is not shown yet is passed over.
    pub(super) fn hear(&mut self, idx: VehicleIdx, reading: Reading) {
        let slot = self.slots.get_mut(idx.slot()).and_then(Option::as_mut);
        if let Some((_, row)) = slot.filter(|(known, _)| *known == idx) {
            row.newest = reading;
        }
    }

    fn at(&self, idx: VehicleIdx) -> Option<&VehicleRow> {
        let (known, row) = self.slots.get(idx.slot())?.as_ref()?;
        (*known == idx).then_some(row)
    }

    /// Takes a row out, unless the slot has another tenant since.
    fn take(&mut self, idx: VehicleIdx) {
        let Some(slot) = self.slots.get_mut(idx.slot()) else { return };
        if slot.as_ref().is_none_or(|(known, _)| *known != idx) {
            return;
        }
        let Some((_, row)) = slot.take() else { return };
        if let Some(count) = self.jobs.get_mut(&job(row.service, &row.job)) {
            *count -= 1;
        }
        self.jobs.retain(|_, count| *count > 0);
        if self.by_name.get(&row.spec.id) == Some(&idx) {
            self.by_name.remove(&row.spec.id);
        }
    }
}
