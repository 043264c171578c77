//! Which devices are taken, and what of them.

use super::inventory::{Inventory, UnitIdx};
use crate::amount::{Amount, Amounts};
use crate::cluster::{Given, Name};
use std::collections::{BTreeMap, BTreeSet};

/// What is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    whole: BTreeSet<UnitIdx>,
    /// Of devices that are shared, how much of each capacity.
    shares: BTreeMap<UnitIdx, Amounts>,
    /// By pool and set.
    counters: BTreeMap<(usize, Name), Amounts>,
}

impl Taken {
    /// Takes what was given. A device that is not there any more is nobody's.
    pub(super) fn take(&mut self, inventory: &Inventory<'_>, given: &Given) {
        let Some(at) = inventory.find(&given.device).filter(|_| !given.is_admin) else { return };
        if !self.is_used(at) {
            let unit = &inventory.units[at];
            for consumes in &unit.device.consumes {
                self.counters.entry((unit.pool, consumes.set.clone())).or_default().add(&consumes.counters);
            }
        }
        match &given.share {
            Some(share) => self.shares.entry(at).or_default().add(share),
            None => _ = self.whole.insert(at),
        }
    }

    /// Whether anything of a device is taken.
    pub(super) fn is_used(&self, at: UnitIdx) -> bool {
        self.is_whole(at) || self.shares.contains_key(&at)
    }

    /// Whether all of a device is taken.
    pub(super) fn is_whole(&self, at: UnitIdx) -> bool {
        self.whole.contains(&at)
    }

    /// How much of a capacity of a device is taken, by the name that its driver gives it.
    pub(super) fn share(&self, at: UnitIdx, name: &str) -> Amount {
        self.shares.get(&at).map_or(Amount::ZERO, |share| share.get(name))
    }

    /// How much of a counter is taken.
    pub(super) fn counter(&self, pool: usize, set: &Name, name: &str) -> Amount {
        self.counters.get(&(pool, set.clone())).map_or(Amount::ZERO, |counters| counters.get(name))
    }

    /// Whether of two devices as much is taken.
    pub(super) fn is_alike(&self, a: UnitIdx, b: UnitIdx) -> bool {
        self.is_whole(a) == self.is_whole(b) && self.shares.get(&a) == self.shares.get(&b)
    }
}
