//! Which devices of a node would do for a request, if nobody had them.

use super::inventory::{Inventory, UnitIdx};
use super::share;
use super::wanted::Way;
use crate::amount::Amounts;
use crate::expression::NoAnswer;
use crate::rules::taints::tolerates;

/// A device that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) unit: UnitIdx,
    /// What of it; `None`: all.
    pub(super) share: Option<Amounts>,
}

/// All devices that would do for one way to meet a request.
#[derive(Debug, Default)]
pub(super) struct Fits {
    pub(super) all: Vec<Fit>,
    /// Whether one that matches would not do: where all are wanted, that is a no.
    pub(super) is_short: bool,
    /// The first of which an expression says neither yes nor no.
    pub(super) unclear: Option<NoAnswer>,
}

impl Fits {
    pub(super) fn of<'c>(inventory: &Inventory<'c>, units: &[UnitIdx], way: &Way<'c>) -> Self {
        let mut fits = Self::default();
        for at in units.iter().copied() {
            let unit = &inventory.units[at];
            let pool = &inventory.pools[unit.pool];
            // What there is of a pool that is not whole is not known, whatever it has of what is asked for.
            fits.is_short |= !pool.is_whole;
            match inventory.selects(way.expressions(), at) {
                Ok(false) => {}
                Ok(true) => {
                    let share = share::of(unit.device, pool.driver, &way.alternative.capacity);
                    fits.add(at, share, pool.is_whole && is_given(inventory, at, way));
                }
                Err(no_answer) => {
                    fits.is_short = true;
                    fits.unclear.get_or_insert(no_answer);
                }
            }
        }
        fits
    }

    fn add(&mut self, unit: UnitIdx, share: Option<Option<Amounts>>, is_given: bool) {
        match share {
            // One that has less than is asked for is none of those that are meant.
            None => {}
            Some(_) if !is_given => self.is_short = true,
            Some(share) => self.all.push(Fit { unit, share }),
        }
    }

    /// The device among these.
    pub(super) fn get(&self, unit: UnitIdx) -> Option<&Fit> {
        self.all.iter().find(|fit| fit.unit == unit)
    }
}

/// Whether a device may be given for this at all.
fn is_given(inventory: &Inventory<'_>, at: UnitIdx, way: &Way<'_>) -> bool {
    let device = inventory.units[at].device;
    let mut taints = device.taints.iter();
    !device.is_unsupported && taints.all(|taint| tolerates(&way.alternative.tolerations, taint))
}
