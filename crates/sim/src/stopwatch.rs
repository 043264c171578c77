//! Wall time, for reports alone: how long decisions and runs take. Nothing in a run depends on what it says.

use std::time::Duration;

/// Started once, read as often as wanted.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "measures wall time for reports; no decision reads it")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }
    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
