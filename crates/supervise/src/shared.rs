//! What all scopes of a supervisor share: its options, the counters of its components, its reports.

use crate::counters::Counters;
use crate::options::Options;
use crate::report::{Breach, BreachReport};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Called with each report.
pub(crate) type Hook = Arc<dyn Fn(&BreachReport) + Send + Sync>;
/// Components, in the order in which they were opened.
pub(crate) type Components = Vec<(&'static str, Arc<Counters>)>;

/// What all scopes of a supervisor share.
pub(crate) struct Shared {
    pub(crate) id: u64,
    pub(crate) options: Options,
    components: Mutex<Components>,
    reports: Mutex<VecDeque<BreachReport>>,
    reported: AtomicU64,
    hooks: Mutex<Vec<Hook>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(options: Options) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Relaxed),
            options,
            components: Mutex::default(),
            reports: Mutex::default(),
            reported: AtomicU64::new(0),
            hooks: Mutex::default(),
        }
    }
    pub(crate) fn counters(&self, component: &'static str) -> Arc<Counters> {
        let mut components = lock(&self.components);
        if let Some((_, counters)) = components.iter().find(|(name, _)| *name == component) {
            return counters.clone();
        }
        let counters = Arc::new(Counters::default());
        components.push((component, counters.clone()));
        components.sort_by_key(|(name, _)| *name);
        counters
    }
    pub(crate) fn components(&self) -> Components {
        lock(&self.components).clone()
    }
    pub(crate) fn report(&self, report: BreachReport) {
        match report.breach {
            Breach::Aborted | Breach::BlockedPoll => tracing::warn!(%report, "supervise"),
            _ => tracing::error!(%report, "supervise"),
        }
        self.reported.fetch_add(1, Relaxed);
        for hook in lock(&self.hooks).clone() {
            hook(&report);
        }
        let mut reports = lock(&self.reports);
        if reports.len() >= self.options.reports_kept {
            reports.pop_front();
        }
        reports.push_back(report);
    }
    /// The last reports, oldest first.
    pub(crate) fn reports(&self) -> Vec<BreachReport> {
        lock(&self.reports).iter().cloned().collect()
    }
    /// How many reports there have been.
    pub(crate) fn reported(&self) -> u64 {
        self.reported.load(Relaxed)
    }
    pub(crate) fn on_report(&self, hook: Hook) {
        lock(&self.hooks).push(hook);
    }
}
