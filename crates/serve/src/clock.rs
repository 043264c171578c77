//! The one place that looks at a clock.

use paceline_model::Instant;
use std::time::{Duration, SystemTime};

/// What time it is for the engine.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The time of day.
    Real,
    /// A time of its own that passes `speed` times as fast, for demos.
    Scaled {
        /// The engine's time at `started`.
        origin: Instant,
        /// When it began.
        started: std::time::Instant,
        /// Engine seconds per second.
        speed: f64,
    },
}

impl Clock {
    /// A clock that begins at `origin` now.
    #[expect(clippy::disallowed_methods, reason = "the server's one clock")]
    pub fn scaled(origin: Instant, speed: f64) -> Self {
        Self::Scaled { origin, started: std::time::Instant::now(), speed }
    }
    /// The engine's time.
    #[expect(clippy::disallowed_methods, reason = "the server's one clock")]
    pub fn now(&self) -> Instant {
        match *self {
            Self::Real => {
                let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                Instant(since.as_millis() as u64)
            }
            Self::Scaled { origin, started, speed } => {
                Instant(origin.0 + (started.elapsed().as_secs_f64() * speed * 1_000.0) as u64)
            }
        }
    }
    /// How long a span of engine time takes to pass.
    pub fn real(&self, span: paceline_model::Millis) -> Duration {
        let seconds = span.as_secs_f64();
        match *self {
            Self::Real => Duration::from_secs_f64(seconds),
            Self::Scaled { speed, .. } => Duration::from_secs_f64(seconds / speed),
        }
    }
}

/// Measures wall time, for metrics only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "metrics show wall time; no decision depends on it")]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }
    /// Started at a moment of the runtime's clock, such as when a tick was due.
    pub(crate) fn since(moment: tokio::time::Instant) -> Self {
        Self(moment.into_std())
    }
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
