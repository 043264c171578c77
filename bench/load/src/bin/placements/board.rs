//! When each workload was due, and when it had its place.

use paceline_load::answers::quantile_ms;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at whether all have their place.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Workloads by their number. Whoever sends and whoever listens share it.
pub(crate) struct Board {
    began: Instant,
    apart: Duration,
    /// Microseconds from due to placed, and one more; 0: not placed.
    took: Vec<AtomicU64>,
    placed: AtomicUsize,
}

impl Board {
    /// Of workloads that come at a rate for some time, from now on.
    pub(crate) fn new(rate: u32, seconds: u32) -> Self {
        let count = rate as usize * seconds as usize;
        let took = (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            began: Instant::now(),
            apart: Duration::from_secs(1) / rate,
            took,
            placed: AtomicUsize::new(0),
        }
    }
    pub(crate) fn count(&self) -> usize {
        self.took.len()
    }
    /// When one is due.
    pub(crate) fn due(&self, number: usize) -> Instant {
        self.began + self.apart * number as u32
    }
    /// How many have been due by now, at most all.
    pub(crate) fn due_now(&self) -> usize {
        let due = self.began.elapsed().as_nanos() / self.apart.as_nanos().max(1);
        usize::try_from(due).unwrap_or(usize::MAX).min(self.count())
    }
    /// Notes that one has its place. What is not of this run is passed over.
    pub(crate) fn note(&self, number: usize) {
        let Some(took) = self.took.get(number) else { return };
        let micros = Instant::now().saturating_duration_since(self.due(number)).as_micros() as u64 + 1;
        if took.swap(micros, Ordering::Relaxed) == 0 {
            self.placed.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// Waits until all have their place, for so long at most.
    pub(crate) async fn all_placed(&self, patience: Duration) {
        let until = Instant::now() + patience;
        while self.placed.load(Ordering::Relaxed) < self.count() && Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    pub(crate) fn placed(&self) -> Placed {
        let took = self.took.iter().map(|took| took.load(Ordering::Relaxed)).filter(|took| *took > 0);
        let took: Vec<Duration> = took.map(|took| Duration::from_micros(took - 1)).collect();
        Placed { missing: self.count() - took.len(), took }
    }
}

/// How long places took.
pub(crate) struct Placed {
    pub(crate) missing: usize,
    took: Vec<Duration>,
}

impl Placed {
    pub(crate) fn p99_ms(&self) -> f64 {
        quantile_ms(&self.took, 0.99)
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, longest] = [0.5, 0.99, 1.0].map(|part| quantile_ms(&self.took, part));
        let (count, missing) = (self.took.len(), self.missing);
        write!(f, "{count} (p50 {p50:.1}, p99 {p99:.1}, longest {longest:.1} ms), missing {missing}")
    }
}
