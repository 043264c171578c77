//! A table on disk: every slot with its generation, and the slots that were given up.

use crate::record::append;
use crate::record::v1::convert::{Load, Store};
use paceline_model as model;
use paceline_model::{Invalid, Row};
use serde::{Deserialize, Serialize};

/// A reference to a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Idx {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table<R> {
    pub(crate) slots: Vec<Slot<R>>,
    /// Slots without a row; the last is taken first.
    pub(crate) vacant: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slot<R> {
    /// How often it was given up.
    pub(crate) generation: u32,
    pub(crate) row: Option<R>,
}

impl<K> Store<'_, Idx> for model::Idx<K> {
    fn store(&self) -> Idx {
        let (slot, generation) = self.parts();
        Idx { slot, generation }
    }
}

impl<K> Load<model::Idx<K>> for Idx {
    fn load(self) -> Result<model::Idx<K>, Invalid> {
        Ok(model::Idx::from_parts(self.slot, self.generation))
    }
}

/// Adds the bytes of a [`Table`] of `S`, one row after the other.
pub(crate) fn append_table<'a, R: Store<'a, S>, S: Serialize>(
    bytes: &mut Vec<u8>,
    table: &'a model::Slots<R>,
) {
    append(bytes, &(table.len() as u64));
    for (generation, row) in table.tenants() {
        append(bytes, &Slot { generation, row: row.map(Store::store) });
    }
    append_pages::<_, u32>(bytes, table.vacant());
}

/// Adds the bytes of a `Vec<S>`, one entry after the other.
pub(crate) fn append_pages<'a, T: Store<'a, S>, S: Serialize>(
    bytes: &mut Vec<u8>,
    pages: &'a model::Pages<T>,
) {
    append(bytes, &(pages.len() as u64));
    for entry in pages.iter() {
        append(bytes, &entry.store());
    }
}

impl<S: Load<R>, R: Row + Clone> Load<model::Table<R>> for Table<S> {
    fn load(self) -> Result<model::Table<R>, Invalid> {
        let slot = |slot: Slot<S>| Ok((slot.generation, slot.row.map(Load::load).transpose()?));
        let slots = self.slots.into_iter().map(slot).collect::<Result<_, Invalid>>()?;
        model::Table::from_parts(slots, self.vacant)
    }
}
