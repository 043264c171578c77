//! When to look whether a device still speaks: one timer for each that is expected to, in slots of time. Every world uses it.
//!
//! A device that speaks does not move its timer: when it comes up, it is set again to when silence would have lasted too long since.
//! So a reading costs nothing here, and a tick costs what is due. After Varghese and Lauck, *Hashed and hierarchical timing wheels*,
//! SOSP 1987. Derived from the world and the telemetry, and part of neither: a restart looks at everybody first.

use paceline_model::{Idx, Instant, Millis};
use std::collections::BTreeMap;

/// Time between two looks at who is silent, which moves in minutes; and the width of a slot.
pub(crate) const SWEEP_EVERY: Millis = Millis::from_secs(5);

fn slot(at: Instant) -> u64 {
    at.0 / u64::from(SWEEP_EVERY.0)
}

/// Timers by the slot in which they fall due.
pub(crate) struct SilenceTimers<K> {
    slots: BTreeMap<u64, Vec<Idx<K>>>,
}

impl<K> Default for SilenceTimers<K> {
    fn default() -> Self {
        Self { slots: BTreeMap::new() }
    }
}

impl<K> SilenceTimers<K> {
    /// Looks at a device when `due` has come.
    pub(crate) fn set(&mut self, device: Idx<K>, due: Instant) {
        self.slots.entry(slot(due)).or_default().push(device);
    }
    /// The devices whose time has come or comes within a slot, by row.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Idx<K>> {
        let (mut due, last) = (Vec::new(), slot(now));
        while let Some(slot) = self.slots.first_entry().filter(|slot| *slot.key() <= last) {
            due.append(&mut slot.remove());
        }
        due.sort_unstable();
        due.dedup();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::VehicleIdx;

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
