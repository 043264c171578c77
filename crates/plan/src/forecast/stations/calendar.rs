//! When in the week it is, by the region's own clock: what profiles are kept by.

use crate::forecast::QUARTER_MS;
use paceline_model::{Instant, UtcOffset};

const DAY_MS: u64 = 96 * QUARTER_MS;
/// Kinds of day that share a profile: Monday to Friday, Saturday, Sunday.
const KINDS: usize = 3;
/// Rows of a profile by kind of day and quarter of an hour.
pub(super) const QUARTERS: usize = KINDS * 96;
/// Rows of a profile by kind of day and hour.
pub(super) const HOURS: usize = KINDS * 24;
/// Rows of a profile by hour of the week.
pub(super) const WEEK_HOURS: usize = 7 * 24;

/// A quarter of an hour of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WeekTime {
    /// From Monday, 0.
    day: usize,
    /// Quarters since midnight.
    quarter: usize,
}

/// A part of a span of time that lies in one quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) when: WeekTime,
    pub(super) hours: f64,
    /// When it begins and ends.
    pub(super) span: (Instant, Instant),
}

impl WeekTime {
    pub(super) fn at(at: Instant, offset: UtcOffset) -> Self {
        let local = at.0.saturating_add_signed(i64::from(offset.minutes()) * 60_000);
        // The first of January 1970 was a Thursday.
        let day = (local / DAY_MS + 3) % 7;
        Self { day: day as usize, quarter: (local % DAY_MS / QUARTER_MS) as usize }
    }
    fn kind(self) -> usize {
        self.day.saturating_sub(4)
    }
    pub(super) fn hour(self) -> usize {
        self.kind() * 24 + self.quarter / 4
    }
    pub(super) fn week_hour(self) -> usize {
        self.day * 24 + self.quarter / 4
    }
    /// The row of the quarter that is `ahead` of this one, on the same kind of day.
    pub(super) fn quarter_beside(self, ahead: i32) -> usize {
        self.kind() * 96 + (self.quarter as i32 + ahead).rem_euclid(96) as usize
    }
}

/// The span from `from` to `to`, cut at the quarters of an hour. Offsets are whole quarters everywhere on earth but on a few islands.
pub(super) fn stretches(from: Instant, to: Instant, offset: UtcOffset) -> impl Iterator<Item = Stretch> {
    let mut at = from;
    std::iter::from_fn(move || {
        let end = Instant(((at.0 / QUARTER_MS + 1) * QUARTER_MS).min(to.0));
        let stretch = Stretch {
            when: WeekTime::at(at, offset),
            hours: f64::from(end.since(at).0) / 3_600_000.0,
            span: (at, end),
        };
        let begun = at < to;
        at = end;
        begun.then_some(stretch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_is_that_of_the_region() {
        // Friday, 2023-06-30, 22:30 UTC is Saturday, 00:30, in Oslo.
        let at: Instant = "2023-06-30T22:30:00Z".parse().expect("a time");
        let here = WeekTime::at(at, UtcOffset::from_hours(2).expect("an offset"));
        assert_eq!((here.day, here.quarter, here.kind(), here.week_hour()), (5, 2, 1, 5 * 24));
        let utc = WeekTime::at(at, UtcOffset::default());
        assert_eq!((utc.day, utc.quarter, utc.kind()), (4, 90, 0));
        assert_eq!(here.quarter_beside(-3), 96 + 95, "the profile of a kind of day is a ring");
    }

    #[test]
    fn spans_are_cut_at_quarters() {
        let cut: Vec<f64> = stretches(Instant(600_000), Instant(2_000_000), UtcOffset::default())
            .map(|part| part.hours * 3.6e6)
            .collect();
        assert_eq!(cut.iter().map(|ms| ms.round()).collect::<Vec<_>>(), [300_000.0, 900_000.0, 200_000.0]);
        assert_eq!(stretches(Instant(5), Instant(5), UtcOffset::default()).count(), 0);
    }
}
