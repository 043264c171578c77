//! Which rows have changed since somebody last asked, by name: for whoever keeps a copy of the world to answer from.

use paceline_model::bikes::{StationId, VanId, WorkOrderId};
use std::collections::BTreeSet;

/// Most rows that are listed. Beyond, reading all of them anew costs no more.
const LISTED_MAX: usize = 1 << 15;

/// Rows that have changed. What is named and no longer there was removed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Stations of which something else is known.
    pub stations: BTreeSet<StationId>,
    /// Vans, with what is aboard.
    pub vans: BTreeSet<VanId>,
    /// Work orders.
    pub orders: BTreeSet<WorkOrderId>,
    /// Vans that said where they are.
    pub heard: BTreeSet<VanId>,
    /// Anything may have changed: there was too much to list.
    pub everything: bool,
}

impl Changes {
    pub(super) fn station(&mut self, id: &StationId) {
        if self.has_room() {
            self.stations.insert(id.clone());
        }
    }
    pub(super) fn van(&mut self, id: &VanId) {
        if self.has_room() {
            self.vans.insert(id.clone());
        }
    }
    pub(super) fn order(&mut self, id: &WorkOrderId) {
        if self.has_room() {
            self.orders.insert(id.clone());
        }
    }
    pub(super) fn heard(&mut self, id: &VanId) {
        if self.has_room() {
            self.heard.insert(id.clone());
        }
    }

    fn has_room(&mut self) -> bool {
        let listed = self.stations.len() + self.vans.len() + self.orders.len() + self.heard.len();
        if !self.everything && listed >= LISTED_MAX {
            *self = Self { everything: true, ..Self::default() };
        }
        !self.everything
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_to_list_is_everything_and_takes_no_room() {
        let mut changes = Changes::default();
        (0..=LISTED_MAX)
            .for_each(|number| changes.station(&StationId::new(&format!("s{number}")).expect("a name")));
        assert!(changes.everything && changes.stations.is_empty());
    }
}
