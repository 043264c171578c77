//! The crate's one clock: nanoseconds of the system's monotonic clock. Exact where it is rare, coarse in every poll.
//!
//! A poll may cost 25 ns more than without us, and one exact reading costs 34 ns on the machine that the budget was set
//! on. A coarse one is a number that Linux moves on by itself at each tick of its timer, and costs some 5 ns.

use std::time::Duration;

/// How far the coarse clock may be behind: a tick of Linux, which is 1, 4 or 10 ms.
pub(crate) const COARSE: Duration = Duration::from_millis(10);
/// Time that has passed by the coarse clock and that may be a poll over the usual limit.
pub(crate) const NOTABLE_NS: u64 = 8_000_000;

#[cfg(target_os = "linux")]
mod system {
    use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

    fn ns(time: Timespec) -> u64 {
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
    #[inline]
    pub(super) fn exact_ns() -> u64 {
        ns(clock_gettime(ClockId::Monotonic))
    }
    #[inline]
    pub(super) fn coarse_ns() -> u64 {
        ns(clock_gettime(ClockId::MonotonicCoarse))
    }
    pub(super) fn step_ns() -> u64 {
        ns(clock_getres(ClockId::MonotonicCoarse))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::OnceLock;
    use std::time::Instant;

    /// Systems whose exact clock is as cheap have no other.
    #[expect(clippy::disallowed_methods, reason = "the crate's one clock")]
    pub(super) fn exact_ns() -> u64 {
        static STARTED: OnceLock<Instant> = OnceLock::new();
        STARTED.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
    pub(super) use exact_ns as coarse_ns;
    pub(super) fn step_ns() -> u64 {
        0
    }
}

/// The time now, in nanoseconds of the system's monotonic clock: the clock of reports and of the flight recorder.
pub fn now_ns() -> u64 {
    system::exact_ns()
}

/// The time at the last tick of the system, in nanoseconds: never after [`now_ns`].
#[inline]
pub(crate) fn coarse_ns() -> u64 {
    system::coarse_ns()
}

/// How far apart two readings of the coarse clock are that differ.
pub(crate) fn step_ns() -> u64 {
    system::step_ns()
}

/// Milliseconds from `from` to `to`, both in nanoseconds.
pub(crate) fn span_ms(from: u64, to: u64) -> u64 {
    to.saturating_sub(from) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_clock_is_behind_by_no_more_than_its_step() {
        for _ in 0..1_000 {
            let (before, coarse) = (now_ns(), coarse_ns());
            assert!(coarse <= now_ns());
            assert!(before.saturating_sub(coarse) <= 2 * COARSE.as_nanos() as u64, "{before} {coarse}");
        }
        assert!(step_ns() <= COARSE.as_nanos() as u64, "{}", step_ns());
    }
}
