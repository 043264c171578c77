//! The one place that looks at a clock.

mod steady;

use paceline_model::{Instant, Millis};
use paceline_plan::Budget;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

pub(crate) use steady::ClockStatus;
use steady::SteadyClock;

/// What time it is for the engine.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The time of day, without its jumps. There is one for the whole process: devices, callers and engine are held against the same.
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

/// The process's clock, with what the monotonic clock is counted from. `None` until it is first read.
static REAL: Mutex<Option<(std::time::Instant, SteadyClock)>> = Mutex::new(None);

impl Clock {
    /// A clock that begins at `origin` now.
    #[expect(clippy::disallowed_methods, reason = "the server's one clock")]
    pub fn scaled(origin: Instant, speed: f64) -> Self {
        Self::Scaled { origin, started: std::time::Instant::now(), speed }
    }
    /// The engine's time.
    pub fn now(&self) -> Instant {
        match *self {
            Self::Real => read().0,
            Self::Scaled { origin, started, speed } => {
                Instant(origin.0 + (started.elapsed().as_secs_f64() * speed * 1_000.0) as u64)
            }
        }
    }
    /// How long a span of engine time takes to pass.
    pub fn real(&self, span: Millis) -> Duration {
        Duration::from_secs_f64(span.as_secs_f64() / self.speed())
    }
    /// How it stands to the wall's time; one of its own has nothing to do with it.
    pub(crate) fn status(&self) -> ClockStatus {
        match self {
            Self::Real => read().1,
            Self::Scaled { .. } => ClockStatus::default(),
        }
    }
    /// Engine seconds per second.
    pub(crate) fn speed(&self) -> f64 {
        match *self {
            Self::Real => 1.0,
            Self::Scaled { speed, .. } => speed,
        }
    }
}

/// Reads both clocks of the machine.
#[expect(clippy::disallowed_methods, reason = "the server's one clock")]
fn read() -> (Instant, ClockStatus) {
    let mut real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    // Under the lock: times that are read one after the other follow each other.
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (started, clock) =
        real.get_or_insert_with(|| (std::time::Instant::now(), SteadyClock::new(wall, Duration::ZERO)));
    let (now, jumped) = clock.read(wall, started.elapsed());
    let status = clock.status();
    drop(real);
    if jumped {
        tracing::warn!(offset_ms = status.offset_ms, "the wall clock jumped and is not believed");
    }
    (now, status)
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
    /// What a round may still spend of `whole`, counted from the start.
    pub(crate) fn budget(self, whole: Duration) -> Budget {
        Budget::within(move || self.elapsed().div_duration_f64(whole))
    }
}
