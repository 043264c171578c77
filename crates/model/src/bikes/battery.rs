//! Batteries of bikes that are to be changed, what crews have changed, and the charged ones that vans carry.

use super::id::{StationId, VanId, WorkOrderId};
use crate::Instant;
use crate::limits::{BATTERIES_MAX, Invalid, Rule, STOCK_WORDS_MAX};
use serde::{Deserialize, Serialize};

/// Batteries at a station, as they were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatteryCount {
    /// Bikes whose battery is to be changed, flat ones included.
    pub low: u32,
    /// Of the bikes that are counted as fit for hire, those whose battery is too low to ride on: no supply.
    pub flat: u32,
    /// As of when.
    pub as_of: Instant,
}

/// What was read of one station's batteries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatteryReport {
    /// Which station.
    pub station: StationId,
    /// How many are low.
    pub count: BatteryCount,
}

/// What is believed of a station's batteries: what was read, less what crews have changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batteries {
    counted: Option<BatteryCount>,
    /// When crews changed how many, the oldest first: none before the count.
    changed: Vec<(Instant, u32)>,
}

impl Batteries {
    /// What was read last; `None`: nothing ever was.
    pub fn counted(&self) -> Option<BatteryCount> {
        self.counted
    }
    /// Whether a count may take the place of what is known: it does unless it is older.
    pub fn takes(&self, count: BatteryCount) -> bool {
        self.counted.is_none_or(|known| count.as_of >= known.as_of)
    }
    /// Whether a count says something else than what is believed. That none is low where nobody ever said so says nothing.
    pub fn is_news(&self, count: Option<BatteryCount>) -> bool {
        let known = self.counted.unwrap_or_default();
        count.is_some_and(|count| {
            (count.low, count.flat) != (known.low, known.flat) || !self.changed.is_empty()
        })
    }
    /// Takes a count in. What crews changed before it is in it.
    pub fn report(&mut self, count: BatteryCount) {
        self.counted = Some(count);
        self.changed.retain(|(at, _)| *at >= count.as_of);
    }
    /// Takes a crew's word in. It counts unless what is known was counted after it.
    pub fn change(&mut self, done_at: Instant, bikes: u32) {
        if self.counted.is_none_or(|known| done_at < known.as_of) {
            return;
        }
        let at = self.changed.partition_point(|(known, _)| *known <= done_at);
        self.changed.insert(at, (done_at, bikes));
        if self.changed.len() > STOCK_WORDS_MAX {
            // The two oldest become one, with the time of the later.
            let (_, oldest) = self.changed.remove(0);
            self.changed[0].1 += oldest;
        }
    }
    /// Batteries that crews have changed since they were counted.
    pub fn changed(&self) -> u32 {
        self.changed.iter().fold(0, |sum, (_, bikes)| sum.saturating_add(*bikes))
    }
    /// Bikes whose battery is believed to be low.
    pub fn low(&self) -> u32 {
        self.counted.map_or(0, |count| count.low).saturating_sub(self.changed())
    }
    /// Bikes that are counted as fit for hire and believed to be flat: crews change these first.
    pub fn flat(&self) -> u32 {
        self.counted.map_or(0, |count| count.flat).saturating_sub(self.changed())
    }
    /// Whether nothing was ever read.
    pub fn is_unknown(&self) -> bool {
        self.counted.is_none()
    }
}

/// Charged batteries of a van. One that was changed is empty and counts no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatteryLoad {
    /// It carries so many at most: as many are aboard when it leaves a depot.
    pub most: u32,
    /// So many are aboard.
    pub charged: u32,
}

impl BatteryLoad {
    /// Errors: more than any van carries, or than this one does.
    pub fn validate(self) -> Result<Self, Invalid> {
        let within = |field, value, most| {
            let rule = Rule::Within { low: 0.0, high: f64::from(most) };
            if value <= most { Ok(()) } else { Err(Invalid::new(field, value, rule)) }
        };
        within("batteries.most", self.most, BATTERIES_MAX)?;
        within("batteries.charged", self.charged, self.most)?;
        Ok(self)
    }
}

/// What a crew did that changed batteries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatterySwap {
    /// Which van.
    pub van: VanId,
    /// Where.
    pub station: StationId,
    /// Under which order.
    pub order: WorkOrderId,
    /// Bikes whose battery was changed.
    pub bikes: u32,
    /// When.
    pub done_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(low: u32, flat: u32, at: u64) -> BatteryCount {
        BatteryCount { low, flat, as_of: Instant(at) }
    }

    #[test]
    fn what_crews_changed_counts_until_it_is_counted_anew_flat_ones_first() {
        let mut known = Batteries::default();
        known.change(Instant(50), 3);
        assert_eq!((known.low(), known.changed()), (0, 0), "nobody knows of any");
        known.report(count(5, 2, 100));
        known.change(Instant(90), 4);
        assert_eq!((known.low(), known.flat()), (5, 2), "a late word is in the count already");
        known.change(Instant(100), 3);
        assert_eq!((known.low(), known.flat()), (2, 0));
        known.change(Instant(200), 9);
        assert_eq!((known.low(), known.flat()), (0, 0), "none below nothing");
        assert!(!known.takes(count(5, 2, 99)) && known.takes(count(5, 2, 150)));
        known.report(count(10, 0, 150));
        assert_eq!(known.low(), 1, "the nine of 200 are not in a count of 150");
        known.report(count(1, 1, 201));
        assert_eq!((known.low(), known.flat(), known.changed()), (1, 1, 0));
    }

    #[test]
    fn so_many_words_are_kept_and_none_is_lost() {
        let mut known = Batteries::default();
        known.report(count(1_000, 0, 0));
        (1..=3 * STOCK_WORDS_MAX as u64).for_each(|at| known.change(Instant(at), 1));
        assert_eq!(known.changed(), 3 * STOCK_WORDS_MAX as u32);
        assert!(known.changed.len() <= STOCK_WORDS_MAX);
    }
}
