//! The orders of the read model, also by when they were placed, and those that have not ended by themselves. A list that asks for
//! what is under way looks at no history.

use super::rows::OrderRow;
use super::slots::Slots;
use paceline_model::lifecycle::OrderPhase;
use paceline_model::{Instant, OrderId, OrderIdx};
use std::collections::BTreeSet;
use std::ops::Bound;

/// Where an order stands in lists: when it was placed, then its slot. Neither changes while it is kept.
pub(crate) type Place = (Instant, u32);

/// Orders as they are read.
#[derive(Default)]
pub(crate) struct Orders {
    rows: Slots<OrderRow>,
    by_age: BTreeSet<Place>,
    /// Those that have not ended.
    live: BTreeSet<Place>,
    open: usize,
}

impl Orders {
    /// How many no vehicle has.
    pub(crate) fn open(&self) -> usize {
        self.open
    }
    pub(crate) fn get(&self, id: &OrderId) -> Option<&OrderRow> {
        self.rows.get(id)
    }
    /// By when they were placed, those between two places; without those that have ended, if only `live` ones are wanted.
    pub(crate) fn between(
        &self,
        range: (Bound<Place>, Bound<Place>),
        live: bool,
    ) -> impl Iterator<Item = (Place, &OrderRow)> {
        let places = if live { &self.live } else { &self.by_age };
        // A range that ends before it begins is none.
        let nothing =
            matches!(range, (Bound::Included(a) | Bound::Excluded(a), Bound::Excluded(b)) if a >= b);
        let places = (!nothing).then(|| places.range(range)).into_iter().flatten();
        places.filter_map(|place| Some((*place, self.rows.tenant(place.1 as usize)?)))
    }
    /// Takes in how an order stands; `None`: it is kept no longer.
    pub(super) fn set(&mut self, idx: OrderIdx, row: Option<OrderRow>) {
        self.take(idx);
        let Some(row) = row else { return };
        let place = (row.placed_at, idx.parts().0);
        self.by_age.insert(place);
        if !row.phase.is_final() {
            self.live.insert(place);
        }
        self.open += usize::from(row.phase == OrderPhase::Open);
        self.rows.insert(idx, row);
    }

    fn take(&mut self, idx: OrderIdx) {
        let Some(row) = self.rows.remove(idx) else { return };
        let place = (row.placed_at, idx.parts().0);
        self.by_age.remove(&place);
        self.live.remove(&place);
        self.open -= usize::from(row.phase == OrderPhase::Open);
    }
}
