//! How long a node may go on without the region's word: pure. What must be single may run only while it is certain that no other copy was
//! started in its stead; everything else goes on for ever.
//!
//! ```text
//!   the region's word --> all of it is left --monotonic time--> less --> nothing left: what must be single stops
//!   restart: so much was left at the last time written down; since then an unknown time has passed until the clock is set
//! ```

use crate::clock::{Moment, NodeClock};
use paceline_model::Instant;
use serde::{Deserialize, Serialize};

/// How much was left when it was last written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenAutonomy {
    /// What was left.
    pub left_ms: u64,
    /// When.
    pub at: Instant,
}

/// How much is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// So much.
    Known(u64),
    /// At most so much: how long the box was off is not known.
    AtMost(u64),
}

/// Whether a workload may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// It may.
    Run,
    /// Not now: another copy may have been started, and nothing tells.
    Wait,
    /// Not any more: its time without the region is over.
    Stop,
}

/// The node's time without the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Autonomy {
    allowed_ms: u64,
    since: Since,
}

/// From when it runs down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// The region was heard in this boot.
    Heard { mono_ms: u64 },
    /// Written down before this boot.
    Written(WrittenAutonomy),
    /// Nothing was ever heard.
    Never,
}

impl Autonomy {
    /// As it was written down. `allowed_ms`: how much the region's word gives.
    pub fn new(allowed_ms: u64, written: Option<WrittenAutonomy>) -> Self {
        Self { allowed_ms, since: written.map_or(Since::Never, Since::Written) }
    }

    /// The region has said what should run here.
    pub fn hear(&mut self, now: Moment) {
        self.since = Since::Heard { mono_ms: now.mono_ms };
    }

    /// What is left.
    pub fn left(&self, clock: &NodeClock, now: Moment) -> Left {
        match self.since {
            Since::Heard { mono_ms } => {
                Left::Known(self.allowed_ms.saturating_sub(now.mono_ms.saturating_sub(mono_ms)))
            }
            Since::Written(WrittenAutonomy { left_ms, at }) => match clock.now(now) {
                Some(time) => Left::Known(left_ms.saturating_sub(time.0.saturating_sub(at.0))),
                None => Left::AtMost(left_ms.saturating_sub(now.mono_ms)),
            },
            Since::Never => Left::Known(0),
        }
    }

    /// Whether a workload may run now.
    pub fn may_run(&self, single: bool, clock: &NodeClock, now: Moment) -> May {
        match self.left(clock, now) {
            _ if !single => May::Run,
            Left::Known(0) | Left::AtMost(0) => May::Stop,
            Left::Known(_) => May::Run,
            Left::AtMost(_) => May::Wait,
        }
    }

    /// What is to be written down now; `None`: it is not known, and what was written before holds.
    pub fn written(&self, clock: &NodeClock, now: Moment) -> Option<WrittenAutonomy> {
        match (self.left(clock, now), clock.now(now)) {
            (Left::Known(left_ms), Some(at)) => Some(WrittenAutonomy { left_ms, at }),
            _ => match self.since {
                Since::Written(written) => Some(written),
                Since::Heard { .. } | Since::Never => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    fn at(text: &str) -> Instant {
        format!("2026-11-{text}Z").parse().expect("a time")
    }
    fn in_1970(mono_s: u64) -> Moment {
        Moment { mono_ms: mono_s * 1_000, wall: Instant(mono_s * 1_000) }
    }
    /// 20 h were left at 22:00 of the day before.
    fn woken() -> (Autonomy, NodeClock) {
        let written = at("27T22:00:00");
        let left = WrittenAutonomy { left_ms: 20 * HOUR_MS, at: written };
        (Autonomy::new(24 * HOUR_MS, Some(left)), NodeClock::new(Instant(0), Some(written)))
    }

    #[test]
    fn what_must_be_single_waits_until_the_time_is_known_and_all_else_runs_at_once() {
        let (autonomy, mut clock) = woken();
        let now = in_1970(14);
        assert_eq!(autonomy.may_run(false, &clock, now), May::Run);
        assert_eq!(autonomy.may_run(true, &clock, now), May::Wait);
        clock.hear(in_1970(95), at("28T06:30:00"));
        assert_eq!(autonomy.left(&clock, in_1970(95)), Left::Known(11 * HOUR_MS + HOUR_MS / 2));
        assert_eq!(autonomy.may_run(true, &clock, in_1970(95)), May::Run);
    }

    #[test]
    fn a_box_that_was_off_for_too_long_may_not_run_what_must_be_single() {
        let (autonomy, mut clock) = woken();
        clock.hear(in_1970(95), at("28T18:00:01"));
        assert_eq!(autonomy.may_run(true, &clock, in_1970(95)), May::Stop);
        assert_eq!(autonomy.may_run(false, &clock, in_1970(95)), May::Run);
    }

    #[test]
    fn a_clock_that_is_never_set_ends_it_by_the_monotonic_clock_at_the_latest() {
        let (autonomy, clock) = woken();
        assert_eq!(autonomy.may_run(true, &clock, in_1970(20 * 3_600 - 1)), May::Wait);
        assert_eq!(autonomy.may_run(true, &clock, in_1970(20 * 3_600)), May::Stop);
    }

    #[test]
    fn a_jump_of_56_years_takes_nothing_of_it() {
        let (mut autonomy, mut clock) = woken();
        autonomy.hear(in_1970(100));
        clock.hear(in_1970(160), at("28T06:30:00"));
        let jumped = Moment { mono_ms: 160_000, wall: at("28T06:30:00") };
        assert_eq!(autonomy.left(&clock, jumped), Left::Known(24 * HOUR_MS - 60_000));
        let written = autonomy.written(&clock, jumped).expect("known");
        assert_eq!(written, WrittenAutonomy { left_ms: 24 * HOUR_MS - 60_000, at: at("28T06:30:00") });
    }

    #[test]
    fn while_the_time_is_unset_what_was_written_before_holds() {
        let (autonomy, clock) = woken();
        let written = WrittenAutonomy { left_ms: 20 * HOUR_MS, at: at("27T22:00:00") };
        assert_eq!(autonomy.written(&clock, in_1970(14)), Some(written));
    }
}
