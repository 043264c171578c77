//! The network between the process and whoever speaks to it: what is said arrives late, twice, out of order, or not at all, and some
//! are cut off for a while.

use super::setup::{Fault, Setup};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use std::collections::BTreeMap;

/// Longest delay of one message.
const DELAY_MS_MAX: usize = 8_000;
/// Longest that somebody is cut off.
const CUT_OFF_S_MAX: usize = 40;

pub(super) struct Network {
    rng: Rng,
    delay: bool,
    loss: usize,
    duplicates: usize,
    partitions: usize,
    cut_off: BTreeMap<String, Instant>,
}

impl Network {
    pub(super) fn new(setup: &Setup) -> Self {
        let often = |fault| if setup.has(fault) { setup.per_mille } else { 0 };
        Self {
            rng: setup.rng("network"),
            delay: setup.has(Fault::Delay),
            loss: 4 * often(Fault::Loss),
            duplicates: 4 * often(Fault::Duplicates),
            partitions: often(Fault::Partitions).div_ceil(2),
            cut_off: BTreeMap::new(),
        }
    }

    /// From now on all arrives, and soon.
    pub(super) fn heal(&mut self) {
        (self.delay, self.loss, self.duplicates, self.partitions) = (false, 0, 0, 0);
        self.cut_off.clear();
    }

    /// When what is said to or by `party` at `now` arrives: once, twice, or never.
    pub(super) fn arrivals(&mut self, now: Instant, party: &str) -> Vec<Instant> {
        // Drawn whatever becomes of them, so that one kind of fault does not move the others.
        let [lost, doubled, cut] = [(); 3].map(|()| self.rng.below(1_000));
        let mut at = [(); 2].map(|()| now + self.delay());
        at.sort();
        if cut < self.partitions {
            let until = now + Millis::from_secs(1 + self.rng.below(CUT_OFF_S_MAX) as u32);
            self.cut_off.insert(party.to_owned(), until);
        }
        if lost < self.loss || self.cut_off.get(party).is_some_and(|until| *until > now) {
            return Vec::new();
        }
        if doubled < self.duplicates { at.to_vec() } else { vec![at[0]] }
    }

    fn delay(&mut self) -> Millis {
        let usual = self.rng.below(40);
        let long = self.rng.below(DELAY_MS_MAX);
        let most = self.rng.below(4) == 0;
        Millis(if self.delay && most { long } else { usual } as u32 + 1)
    }
}
