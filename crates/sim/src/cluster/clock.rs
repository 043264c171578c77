//! A server's clock, which may run wrong and jump.

use paceline_model::{Instant, Millis};

/// How a server's time follows from the true one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// A true and its own time that were the same moment.
    anchor: (Instant, Instant),
    /// Its milliseconds in a thousand true ones.
    rate: u64,
}

impl Clock {
    pub(super) fn new(now: Instant, shows: Instant, rate: u64) -> Self {
        Self { anchor: (now, shows), rate }
    }

    /// What it shows.
    pub(super) fn shows(&self, now: Instant) -> Instant {
        let passed = u64::from(now.since(self.anchor.0).0) * self.rate / 1_000;
        Instant(self.anchor.1.0 + passed)
    }

    /// The true time that passes while it shows so much.
    pub(super) fn lasts(&self, span: Millis) -> Millis {
        Millis((u64::from(span.0) * 1_000 / self.rate) as u32)
    }

    /// Shows another time from now on.
    pub(super) fn jump(&mut self, now: Instant, ms: i64) {
        self.anchor = (now, Instant(self.shows(now).0.saturating_add_signed(ms)));
    }

    /// Runs right from now on.
    pub(super) fn heal(&mut self, now: Instant) {
        (self.anchor, self.rate) = ((now, self.shows(now)), 1_000);
    }
}
