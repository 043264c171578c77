//! What time it is on a node whose clock may be wrong: pure, fed with both clocks of the machine and the region's word.
//!
//! ```text
//!   Unset --the wall's clock is past the floor--> ByWall --the region's word--> ByRegion
//!     +--------------------the region's word-----------------------------------^
//! ```
//! All spans run on monotonic time, so that a jump of years ends nothing. A wall clock before the *floor*, which is the last time that was written
//! down, or else the build of the agent, is unset: boxes without a battery wake in 1970. Checks of certificates then take the floor's time: they
//! are never skipped. The region's word beats the wall and the floor; a wall that differs from it is said, and not believed.

use paceline_model::Instant;
use serde::{Deserialize, Serialize};

/// A wall clock may be so far from the region's before it counts as wrong: what the region bears itself of a reading that is ahead.
pub const WRONG_MS: u64 = 5_000;

/// Both clocks of the machine at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since the machine began, sleep included.
    pub mono_ms: u64,
    /// What the wall clock says.
    pub wall: Instant,
}

/// What is known of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Nothing is known but that it is later than the floor.
    Unset {
        /// The last time that was written down, or the build of the agent.
        floor: Instant,
    },
    /// The wall's clock can be right, and the region has not been heard.
    ByWall,
    /// As the region said, and the monotonic clock since.
    ByRegion {
        /// The wall's clock is more than five seconds off: by so much, positive if it is ahead.
        wall_off_ms: Option<i64>,
    },
}

/// The node's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeClock {
    floor: Instant,
    /// When the machine began, by the region.
    began: Option<Instant>,
}

impl NodeClock {
    /// Nothing was heard yet. `built`: when the agent was; `written`: the last time that was written down.
    pub fn new(built: Instant, written: Option<Instant>) -> Self {
        Self { floor: written.map_or(built, |written| written.max(built)), began: None }
    }

    /// The region has said what time it is; `now` is the moment to which its word belongs.
    pub fn hear(&mut self, now: Moment, region: Instant) {
        self.began = Some(Instant(region.0.saturating_sub(now.mono_ms)));
        // A wall clock that was far ahead may have been written down: the region knows better.
        self.floor = region;
    }

    /// What is known now.
    pub fn state(&self, now: Moment) -> ClockState {
        match self.began {
            Some(began) => {
                let off = i64::try_from(now.wall.0).unwrap_or(i64::MAX) - (began.0 + now.mono_ms) as i64;
                let wrong = off.unsigned_abs() > WRONG_MS;
                ClockState::ByRegion { wall_off_ms: wrong.then_some(off) }
            }
            None if now.wall < self.floor => ClockState::Unset { floor: self.floor },
            None => ClockState::ByWall,
        }
    }

    /// The time now; `None`: unset.
    pub fn now(&self, now: Moment) -> Option<Instant> {
        self.at(now.mono_ms, now)
    }

    /// What time it was at a moment of this boot; `None`: unset.
    pub fn at(&self, mono_ms: u64, now: Moment) -> Option<Instant> {
        match self.state(now) {
            ClockState::Unset { .. } => None,
            ClockState::ByWall => {
                Some(Instant(now.wall.0.saturating_sub(now.mono_ms.saturating_sub(mono_ms))))
            }
            ClockState::ByRegion { .. } => self.began.map(|began| Instant(began.0 + mono_ms)),
        }
    }

    /// The time that certificates are held against: the floor where nothing better is known.
    pub fn for_checks(&self, now: Moment) -> Instant {
        self.now(now).unwrap_or(self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: u64 = 1_764_000_000_000;

    /// A time of `2026-11-28`, or another day of that month.
    fn at(text: &str) -> Instant {
        format!("2026-11-{text}Z").parse().expect("a time")
    }
    fn moment(mono_s: u64, wall: Instant) -> Moment {
        Moment { mono_ms: mono_s * 1_000, wall }
    }
    /// A box without a battery for its clock, so long after it began.
    fn in_1970(mono_s: u64) -> Moment {
        moment(mono_s, Instant(mono_s * 1_000))
    }

    #[test]
    fn a_box_that_wakes_in_1970_is_unset_until_the_region_speaks_and_then_knows_when_all_was() {
        let floor = at("27T22:00:00");
        let mut clock = NodeClock::new(Instant(BUILT), Some(floor));
        for mono_s in [9, 14, 21, 31, 60, 61] {
            assert_eq!(clock.state(in_1970(mono_s)), ClockState::Unset { floor });
            assert_eq!(clock.now(in_1970(mono_s)), None, "nothing of 1970 is a time");
            assert_eq!(clock.for_checks(in_1970(mono_s)), floor, "checks are not skipped");
        }
        clock.hear(in_1970(95), at("28T06:30:00"));
        let now = moment(95, at("28T06:30:00"));
        assert_eq!(clock.state(now), ClockState::ByRegion { wall_off_ms: None });
        let right = [
            (9, "28T06:28:34"),
            (14, "28T06:28:39"),
            (21, "28T06:28:46"),
            (31, "28T06:28:56"),
            (60, "28T06:29:25"),
            (61, "28T06:29:26"),
            (95, "28T06:30:00"),
            (105, "28T06:30:10"),
            (3_695, "28T07:30:00"),
        ];
        for (mono_s, right_time) in right {
            assert_eq!(clock.at(mono_s * 1_000, now), Some(at(right_time)), "{mono_s}");
        }
    }

    #[test]
    fn a_clock_that_is_set_by_others_is_believed_from_then_on() {
        let clock = NodeClock::new(Instant(BUILT), Some(at("27T22:00:00")));
        let now = moment(95, at("28T06:30:00"));
        assert_eq!(clock.state(now), ClockState::ByWall);
        assert_eq!(clock.at(21_000, now), Some(at("28T06:28:46")));
    }

    #[test]
    fn a_clock_in_2031_is_believed_only_until_the_region_speaks() {
        let ahead: Instant = "2031-01-01T00:00:00Z".parse().expect("a time");
        // It had been written down, too.
        let mut clock = NodeClock::new(Instant(BUILT), Some(ahead));
        clock.hear(moment(10, ahead), at("28T06:30:00"));
        assert_eq!(clock.now(moment(20, Instant(ahead.0 + 10_000))), Some(at("28T06:30:10")));
        let ClockState::ByRegion { wall_off_ms: Some(off) } = clock.state(moment(10, ahead)) else {
            panic!("said")
        };
        assert_eq!(off, (ahead.0 - at("28T06:30:00").0) as i64);
        assert_eq!(clock.for_checks(moment(10, ahead)), at("28T06:30:00"));
    }

    #[test]
    fn without_anything_written_down_the_build_is_the_floor() {
        let clock = NodeClock::new(Instant(BUILT), None);
        assert_eq!(clock.for_checks(in_1970(9)), Instant(BUILT));
    }
}
