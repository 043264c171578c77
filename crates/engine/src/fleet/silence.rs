//! When to look whether a vehicle still speaks: one timer for each that is expected to, in slots of time.
//!
//! A vehicle that speaks does not move its timer: when it comes up, it is set again to when silence would have lasted too long since.
//! So a reading costs nothing here, and a tick costs what is due. After Varghese and Lauck, *Hashed and hierarchical timing wheels*,
//! SOSP 1987. Derived from the world and the telemetry, and part of neither: a restart looks at everybody first.

use paceline_model::{Instant, Millis, VehicleIdx};
use std::collections::BTreeMap;

/// Time between two looks at who is silent and who is low on charge, both of which move in minutes; and the width of a slot.
pub(super) const SWEEP_EVERY: Millis = Millis::from_secs(5);

fn slot(at: Instant) -> u64 {
    at.0 / u64::from(SWEEP_EVERY.0)
}

/// Timers by the slot in which they fall due.
#[derive(Default)]
pub(super) struct SilenceTimers {
    slots: BTreeMap<u64, Vec<VehicleIdx>>,
}

impl SilenceTimers {
    /// Looks at a vehicle when `due` has come.
    pub(super) fn set(&mut self, vehicle: VehicleIdx, due: Instant) {
        self.slots.entry(slot(due)).or_default().push(vehicle);
    }
    /// The vehicles whose time has come or comes within a slot, by row.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<VehicleIdx> {
        let (mut due, last) = (Vec::new(), slot(now));
        while let Some(slot) = self.slots.first_entry().filter(|slot| *slot.key() <= last) {
            due.append(&mut slot.remove());
        }
        due.sort_unstable();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_up_in_the_order_of_their_slots_and_once() {
        let mut timers = SilenceTimers::default();
        let [a, b, c] = [0, 1, 2].map(VehicleIdx::first);
        timers.set(c, Instant(12_000));
        timers.set(b, Instant(11_000));
        timers.set(a, Instant(31_000));
        assert_eq!(timers.take_due(Instant(9_999)), []);
        assert_eq!(timers.take_due(Instant(12_500)), [b, c]);
        assert_eq!(timers.take_due(Instant(30_000)), [a], "a slot is taken whole");
        assert_eq!(timers.take_due(Instant(1_000_000)), []);
    }
}
