//! Which rows have changed since somebody last asked: for whoever keeps a copy of the world to answer from.
//!
//! Where nobody asks, as in a replay or a simulation, it fills up once and then says that anything may have changed.

use super::position_fix::PositionFix;
use paceline_model::{ChargerIdx, GeofenceId, OrderIdx, Reading, VehicleIdx};

/// Most rows that are listed: a few inputs of a large fleet. Beyond, reading all of them anew costs no more.
const LISTED_MAX: usize = 1 << 16;

/// Rows that have changed. What is named and no longer there has been given up.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Vehicles of which something else is true, each at least once.
    pub vehicles: Vec<VehicleIdx>,
    /// Orders, each at least once.
    pub orders: Vec<OrderIdx>,
    /// Charger sites, each at least once.
    pub chargers: Vec<ChargerIdx>,
    /// Areas, each at least once.
    pub geofences: Vec<GeofenceId>,
    /// Vehicles that spoke, with the newest of what they said and what their position is worth, in the order in which they did.
    pub heard: Vec<(VehicleIdx, Reading, PositionFix)>,
    /// Anything may have changed: there was too much to list.
    pub everything: bool,
}

impl Changes {
    pub(super) fn vehicle(&mut self, idx: VehicleIdx) {
        if self.has_room() {
            self.vehicles.push(idx);
        }
    }
    pub(super) fn order(&mut self, idx: OrderIdx) {
        if self.has_room() {
            self.orders.push(idx);
        }
    }
    pub(super) fn charger(&mut self, idx: ChargerIdx) {
        if self.has_room() {
            self.chargers.push(idx);
        }
    }
    pub(super) fn geofence(&mut self, id: GeofenceId) {
        if self.has_room() {
            self.geofences.push(id);
        }
    }
    pub(super) fn heard(&mut self, idx: VehicleIdx, reading: Reading, fix: PositionFix) {
        if self.has_room() {
            self.heard.push((idx, reading, fix));
        }
    }

    /// Whether one more can be listed; if not, the list is given up.
    fn has_room(&mut self) -> bool {
        if self.everything {
            return false;
        }
        let listed = self.vehicles.len() + self.orders.len() + self.chargers.len() + self.geofences.len();
        if listed + self.heard.len() >= LISTED_MAX {
            *self = Self { everything: true, ..Self::default() };
        }
        !self.everything
    }
}

/// Equal worlds need not have changed in the same way.
impl PartialEq for Changes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_to_list_is_everything_and_takes_no_room() {
        let mut changes = Changes::default();
        (0..LISTED_MAX as u32).for_each(|slot| changes.order(OrderIdx::first(slot)));
        assert!(!changes.everything && changes.orders.len() == LISTED_MAX);
        changes.vehicle(VehicleIdx::first(7));
        assert!(changes.everything && changes.orders.capacity() == 0 && changes.vehicles.is_empty());
    }
}
