//! The crate's one clock: nanoseconds since the process first asked. Exact where it is rare, coarse in every poll.
//!
//! A poll may cost 25 ns more than without us, and one exact reading costs 34 ns on the machine that the budget was set
//! on. So a poll reads a number that the watch thread moves on every [`COARSE`], which costs 1 ns.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How far the coarse clock may be behind.
pub(crate) const COARSE: Duration = Duration::from_millis(2);

static COARSE_NS: AtomicU64 = AtomicU64::new(0);

#[expect(clippy::disallowed_methods, reason = "the crate's one clock")]
fn started() -> Instant {
    static STARTED: OnceLock<Instant> = OnceLock::new();
    *STARTED.get_or_init(Instant::now)
}

/// The time now, in nanoseconds since the process first asked: the clock of reports and of the flight recorder.
pub fn now_ns() -> u64 {
    started().elapsed().as_nanos() as u64
}

/// The time when the watch thread last looked, in nanoseconds.
#[inline]
pub(crate) fn coarse_ns() -> u64 {
    COARSE_NS.load(Relaxed)
}

/// Moves the coarse clock on. Returns the exact time.
pub(crate) fn move_on() -> u64 {
    let now = now_ns();
    COARSE_NS.fetch_max(now, Relaxed);
    now
}

/// Milliseconds from `from` to `to`, both in nanoseconds.
pub(crate) fn span_ms(from: u64, to: u64) -> u64 {
    to.saturating_sub(from) / 1_000_000
}
