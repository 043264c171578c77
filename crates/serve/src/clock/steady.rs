//! Wall time that neither jumps nor runs backwards. It is the wall's time at the start plus the monotonic clock's since then, drawn
//! towards the wall by at most 0.5 ms a second. A wall clock that jumps is not believed: what is due would come too early or never.
//!
//! The two clocks are arguments; `clock` reads them. A machine that sleeps stops its monotonic clock: it wakes with a wall clock that
//! has jumped, and a restart takes the wall's time.

use paceline_model::Instant;
use paceline_model::limits::CLOCK_STEP_MS_MAX;
use serde::Serialize;
use std::time::Duration;

/// How fast the clock is drawn towards the wall's: 500 parts in a million, as `adjtime` does it. Faster than any quartz is wrong.
const SLEW_PER_MILLION: u128 = 500;
const NS_PER_MS: u128 = 1_000_000;
const STEP_NS_MAX: i128 = CLOCK_STEP_MS_MAX as i128 * NS_PER_MS as i128;

/// A clock between the wall's and the monotonic one.
#[derive(Clone, Debug)]
pub(crate) struct SteadyClock {
    /// Its time at `read`, in nanoseconds since 1970.
    now_ns: u128,
    /// What the monotonic clock said when it was read last.
    read: Duration,
    status: ClockStatus,
}

/// How a clock stands to the wall's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ClockStatus {
    /// What the wall clock is ahead, in milliseconds; negative if it is behind.
    pub(crate) offset_ms: i64,
    /// Jumps of the wall clock that were not believed.
    pub(crate) jumps: u64,
    /// The offset at the last jump, while the wall clock is as far off as that.
    pub(crate) not_believed_ms: Option<i64>,
}

impl SteadyClock {
    /// A clock that begins with the wall's time. `wall` is since 1970; `monotonic` has any origin.
    pub(crate) fn new(wall: Duration, monotonic: Duration) -> Self {
        Self { now_ns: wall.as_nanos(), read: monotonic, status: ClockStatus::default() }
    }

    /// The time by now, and whether the wall clock has just jumped.
    pub(crate) fn read(&mut self, wall: Duration, monotonic: Duration) -> (Instant, bool) {
        let passed = monotonic.saturating_sub(self.read).as_nanos();
        self.read = self.read.max(monotonic);
        self.now_ns += passed;
        let offset = wall.as_nanos() as i128 - self.now_ns as i128;
        let jumped = offset.abs() > STEP_NS_MAX && self.is_news(offset);
        self.status.offset_ms = ms(offset);
        if offset.abs() <= STEP_NS_MAX {
            self.status.not_believed_ms = None;
            let most = (passed * SLEW_PER_MILLION / 1_000_000) as i128;
            self.now_ns = (self.now_ns as i128 + offset.clamp(-most, most)) as u128;
        } else if jumped {
            self.status.jumps += 1;
            self.status.not_believed_ms = Some(ms(offset));
        }
        (Instant((self.now_ns / NS_PER_MS) as u64), jumped)
    }

    pub(crate) fn status(&self) -> ClockStatus {
        self.status
    }

    /// Whether this offset is another than the one that was told last.
    fn is_news(&self, offset: i128) -> bool {
        let told = self.status.not_believed_ms.map(|told| i128::from(told) * NS_PER_MS as i128);
        told.is_none_or(|told| (offset - told).abs() > STEP_NS_MAX)
    }
}

fn ms(offset_ns: i128) -> i64 {
    (offset_ns / NS_PER_MS as i128) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_800_000_000);

    /// Moves both clocks second by second; `wall` says what the wall clock is ahead by then, in milliseconds.
    fn run(seconds: u64, wall: impl Fn(u64) -> i64) -> (Vec<u64>, ClockStatus) {
        let mut clock = SteadyClock::new(START, Duration::from_secs(7));
        let mut times = vec![START.as_millis() as u64];
        for second in 1..=seconds {
            let passed = Duration::from_secs(second);
            let ahead = wall(second);
            let wall = START + passed;
            let wall = if ahead < 0 {
                wall - Duration::from_millis(ahead.unsigned_abs())
            } else {
                wall + Duration::from_millis(ahead as u64)
            };
            times.push(clock.read(wall, Duration::from_secs(7) + passed).0.0);
        }
        (times, clock.status())
    }

    fn steps(times: &[u64]) -> impl Iterator<Item = u64> + '_ {
        times.windows(2).map(|pair| pair[1] - pair[0])
    }

    #[test]
    fn where_both_clocks_agree_it_is_the_walls_time() {
        let (times, status) = run(100, |_| 0);
        assert!(steps(&times).all(|step| step == 1_000));
        assert_eq!(status, ClockStatus::default());
    }

    #[test]
    fn a_wall_clock_that_was_set_is_followed_by_half_a_millisecond_a_second() {
        for ahead in [400, -400] {
            let (times, status) = run(1_000, |_| ahead);
            assert!(steps(&times).all(|step| (999..=1_001).contains(&step)));
            let drawn = *times.last().expect("it ran") as i64 - (START.as_millis() as i64 + 1_000_000);
            assert_eq!(drawn.signum(), ahead.signum());
            assert!((400..=401).contains(&drawn.abs()), "all of it is made up for: {drawn}");
            assert!(status.offset_ms.abs() <= 1);
            assert_eq!((status.jumps, status.not_believed_ms), (0, None));
        }
    }

    #[test]
    fn a_jump_is_counted_once_and_not_believed() {
        let hour = 3_600_000;
        for ahead in [hour, -hour] {
            let (times, status) = run(100, |second| if second > 10 { ahead } else { 0 });
            assert!(steps(&times).all(|step| step == 1_000), "it goes on as if nothing had happened");
            assert_eq!(status.jumps, 1);
            assert_eq!((status.offset_ms, status.not_believed_ms), (ahead, Some(ahead)));
        }
    }

    #[test]
    fn a_second_jump_is_news_and_a_wall_clock_that_comes_back_is_followed_again() {
        let (_, twice) = run(100, |second| if second > 50 { 120_000 } else { 60_000 });
        assert_eq!((twice.jumps, twice.not_believed_ms), (2, Some(120_000)));
        let (times, back) = run(100, |second| if second > 50 { 0 } else { 60_000 });
        assert_eq!((back.jumps, back.not_believed_ms, back.offset_ms), (1, None, 0));
        assert!(steps(&times).all(|step| step == 1_000));
    }

    #[test]
    fn it_never_runs_backwards() {
        let mut clock = SteadyClock::new(START, Duration::from_secs(9));
        let mut last = Instant(0);
        for (wall_ms, monotonic_ms) in
            [(0, 9_000), (0, 8_000), (900, 9_001), (0, 9_002), (1, 9_002), (0, 20_000)]
        {
            let (now, _) =
                clock.read(START + Duration::from_millis(wall_ms), Duration::from_millis(monotonic_ms));
            assert!(now >= last);
            last = now;
        }
    }
}
