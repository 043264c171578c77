//! One ticker for everything periodic: no overlap, no drift, missed ticks counted, a panic costs one tick.
//!
//! Tick `n` is due at `start + n * period`, whatever the ticks before took. A tick that comes while work runs is missed,
//! not queued: after an overrun the next tick is the next multiple that lies ahead.

use crate::attempt::once;
use crate::closed::TaskEnd;
use crate::contract::{Outcome, Until};
use crate::named::NamedExt as _;
use crate::scope::Spawner;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// What a ticker has counted. Reading it stops nothing.
#[derive(Debug, Default)]
pub struct Ticks {
    done: AtomicU64,
    missed: AtomicU64,
    failed: AtomicU64,
    overrun_ns: AtomicU64,
    late_ns_max: AtomicU64,
}

impl Ticks {
    /// Ticks whose work was begun.
    pub fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }
    /// Ticks that were due while work ran.
    pub fn missed(&self) -> u64 {
        self.missed.load(Relaxed)
    }
    /// Ticks whose work failed or panicked.
    pub fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }
    /// By how much work took longer than a period, in total.
    pub fn overrun(&self) -> Duration {
        Duration::from_nanos(self.overrun_ns.load(Relaxed))
    }
    /// How late after its due time the latest tick began.
    pub fn late_max(&self) -> Duration {
        Duration::from_nanos(self.late_ns_max.load(Relaxed))
    }
    /// Records that work begins at `now`, due at `due`.
    fn begins(&self, now: Instant, due: Instant) {
        self.done.fetch_add(1, Relaxed);
        self.late_ns_max.fetch_max(now.saturating_duration_since(due).as_nanos() as u64, Relaxed);
    }
    /// Records that the work of tick `number` ended. Returns the number of the next.
    fn ended(&self, start: Instant, period: Duration, number: u64, took: Duration, now: Instant) -> u64 {
        if took > period {
            self.overrun_ns.fetch_add((took - period).as_nanos() as u64, Relaxed);
        }
        let since = now.saturating_duration_since(start).as_nanos();
        let passed = u64::try_from(since / period.as_nanos()).unwrap_or(u64::MAX);
        // A tick due this very moment is not missed.
        let exactly = since.is_multiple_of(period.as_nanos());
        let next = (passed + u64::from(!exactly)).max(number + 1);
        self.missed.fetch_add(next - number - 1, Relaxed);
        next
    }
}

/// When tick `number` is due. Multiplied, not added up: no error grows over a day.
fn due(start: Instant, period: Duration, number: u64) -> Instant {
    let ns = period.as_nanos() * u128::from(number);
    start + Duration::new((ns / 1_000_000_000) as u64, (ns % 1_000_000_000) as u32)
}

impl Spawner {
    /// Does work every `period` until the scope closes; the first time at once. Returns its counts.
    ///
    /// The work of one tick ends before that of the next begins. If it fails or panics, that tick is lost and counted;
    /// the next one comes. Panics: a period of nothing.
    #[track_caller]
    pub fn tick<F>(
        &self,
        name: &'static str,
        period: Duration,
        mut work: impl FnMut() -> F + Send + 'static,
    ) -> Arc<Ticks>
    where
        F: Future<Output: Outcome> + Send + 'static,
    {
        assert!(!period.is_zero(), "a ticker needs a period");
        let (ticks, token) = (Arc::new(Ticks::default()), self.token());
        let counts = ticks.clone();
        self.spawn(name, Until::Owner, async move {
            let start = Instant::now();
            let mut number = 0;
            loop {
                let wait = due(start, period, number).saturating_duration_since(Instant::now());
                let next = tokio::time::sleep(wait).named("next tick");
                if token.run_until_cancelled(next).await.is_none() {
                    return;
                }
                let began = Instant::now();
                counts.begins(began, due(start, period, number));
                if let TaskEnd::Failed(cause) = once(async { work().await }).await {
                    counts.failed.fetch_add(1, Relaxed);
                    tracing::error!(ticker = name, %cause, "a tick failed");
                }
                let now = Instant::now();
                number = counts.ended(start, period, number, now - began, now);
            }
        });
        ticks
    }
}
