//! Rows of the read model: by slot, because changes and readings come by row, and by name, because lists and look-ups do. A mirror of a
//! table of the world: which row a name has is the world's to say.

use paceline_model::{Idx, Row};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Rows as the world numbers them.
pub(super) struct Slots<R: Row> {
    slots: Vec<Option<(Idx<R::Id>, R)>>,
    by_name: BTreeMap<R::Id, Idx<R::Id>>,
}

impl<R: Row> Default for Slots<R> {
    fn default() -> Self {
        Self { slots: Vec::new(), by_name: BTreeMap::new() }
    }
}

impl<R: Row> Slots<R> {
    pub(super) fn get(&self, id: &R::Id) -> Option<&R> {
        self.at(*self.by_name.get(id)?)
    }
    /// The row of a slot, whoever its tenant is.
    pub(super) fn tenant(&self, slot: usize) -> Option<&R> {
        Some(&self.slots.get(slot)?.as_ref()?.1)
    }
    /// By name, those that follow `after`; of no name: all.
    pub(super) fn after(&self, after: Option<&R::Id>) -> impl Iterator<Item = &R> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let named = self.by_name.range::<R::Id, _>((from, Bound::Unbounded));
        named.filter_map(|(_, idx)| self.at(*idx))
    }
    /// By row, those of the slots from `first` on, `count` slots at most; `None`: there are no such slots.
    pub(super) fn range(&self, first: usize, count: usize) -> Option<impl Iterator<Item = &R>> {
        let last = self.slots.len().min(first + count);
        let slots = (first < last).then(|| &self.slots[first..last])?;
        Some(slots.iter().flatten().map(|(_, row)| row))
    }
    /// The row, unless it was given up.
    pub(super) fn at_mut(&mut self, idx: Idx<R::Id>) -> Option<&mut R> {
        let slot = self.slots.get_mut(idx.slot()).and_then(Option::as_mut);
        slot.filter(|(known, _)| *known == idx).map(|(_, row)| row)
    }
    /// Puts a row in its place.
    pub(super) fn insert(&mut self, idx: Idx<R::Id>, row: R) {
        self.by_name.insert(row.id().clone(), idx);
        if self.slots.len() <= idx.slot() {
            self.slots.resize_with(idx.slot() + 1, || None);
        }
        self.slots[idx.slot()] = Some((idx, row));
    }
    /// Takes a row out, unless the slot has another tenant since.
    pub(super) fn remove(&mut self, idx: Idx<R::Id>) -> Option<R> {
        let slot = self.slots.get_mut(idx.slot())?;
        slot.as_ref().filter(|(known, _)| *known == idx)?;
        let (_, row) = slot.take()?;
        if self.by_name.get(row.id()) == Some(&idx) {
            self.by_name.remove(row.id());
        }
        Some(row)
    }

    fn at(&self, idx: Idx<R::Id>) -> Option<&R> {
        let (known, row) = self.slots.get(idx.slot())?.as_ref()?;
        (*known == idx).then_some(row)
    }
}
