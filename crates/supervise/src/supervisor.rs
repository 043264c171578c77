//! The root of all scopes of a program: its options, its components, its reports.

use crate::registry::{Counters, Registry};
use crate::report::{Breach, BreachReport};
use crate::restart::Restarts;
use crate::scope::Scope;
use crate::watch;
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the failure of one task means for its siblings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// They are asked to end: together they were one thing.
    #[default]
    Cancel,
    /// They continue: each is a thing of its own, such as connections.
    KeepGoing,
}

/// The limits that a supervisor watches, and what it does about breaches.
#[derive(Clone, Debug)]
pub struct Options {
    /// A poll that runs longer is *blocked*: it holds a thread that others need.
    pub poll_limit: Duration,
    /// How long tasks of a request may take to end after the response.
    pub request_grace: Duration,
    /// Whether a task that outlives its contract is aborted after it was reported.
    pub contain: bool,
    /// Reports kept for reading.
    pub reports_kept: usize,
    /// What happens to tasks that fail.
    pub restarts: Restarts,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll_limit: Duration::from_millis(10),
            request_grace: Duration::from_millis(500),
            contain: true,
            reports_kept: 256,
            restarts: Restarts::default(),
        }
    }
}

/// Opens scopes and knows what lives in them. Cheap to clone.
#[derive(Clone)]
pub struct Supervisor(pub(crate) Arc<Shared>);

/// Called with each report.
type Hook = Arc<dyn Fn(&BreachReport) + Send + Sync>;
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

impl Supervisor {
    /// A supervisor with nothing in it. Starts the process's watch thread if there is none.
    pub fn new(options: Options) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        watch::start();
        Self(Arc::new(Shared {
            id: NEXT.fetch_add(1, Relaxed),
            options,
            components: Mutex::default(),
            reports: Mutex::default(),
            reported: AtomicU64::new(0),
            hooks: Mutex::default(),
        }))
    }
    /// Opens a component.
    #[track_caller]
    pub fn scope(&self, component: &'static str) -> Scope {
        Scope::open(self.0.clone(), None, component, None, Location::caller())
    }
    /// Everything that is known of its tasks.
    pub fn registry(&self) -> Registry {
        Registry(self.0.clone())
    }
    /// The last reports, oldest first.
    pub fn reports(&self) -> Vec<BreachReport> {
        lock(&self.0.reports).iter().cloned().collect()
    }
    /// How many reports there have been.
    pub fn reported(&self) -> u64 {
        self.0.reported.load(Relaxed)
    }
    /// Calls `hook` with each report from now on. It must be quick and must not panic: it runs where the breach was found.
    pub fn on_report(&self, hook: impl Fn(&BreachReport) + Send + Sync + 'static) {
        lock(&self.0.hooks).push(Arc::new(hook));
    }
}

impl Shared {
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
}
