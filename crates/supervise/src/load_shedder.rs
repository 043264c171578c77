//! The load shedder: admission control by the number of tasks. While more live than the load explains, new work is refused.
//!
//! ```text
//!            above 1.2 x expected              10 s later                2 healthy samples
//!  Admitting -----------------------> Shedding ------------> Probing ------------------------> Admitting
//!                                        ^                      |
//!                                        +---- above again -----+
//! ```
//!
//! *Expected* is a function of load: `base + each x units`, units being vehicles, streams, whatever makes tasks by right.
//! Both are learnt: the base once after the start, `each` slowly while all work is admitted and units grow. A number
//! that grows while units do not is never learnt: a slow leak stays visible. The states and their times are those of a circuit shedder
//! (M. Nygard, *Release It!*, 2007); what trips it is not errors but the number of tasks.

use crate::clock;
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Whether new work is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// All new work is admitted.
    Admitting,
    /// None is; what is not critical is paused.
    Shedding,
    /// One in [`LoadShedderOptions::trickle`] is, to see whether the number stays healthy.
    Probing,
}

/// When load is shed and how it recovers. The defaults are those that the founders used by hand.
#[derive(Clone, Debug)]
pub struct LoadShedderOptions {
    /// From the start to the first sample, which is the base.
    pub learn_after: Duration,
    /// Between samples.
    pub sample_every: Duration,
    /// Trips above this multiple of what is expected.
    pub factor: f64,
    /// And by at least so many tasks: 1.2 times a handful is noise.
    pub slack: f64,
    /// From shedding to probing.
    pub shed_for: Duration,
    /// Of new work, one in so many is admitted while probing.
    pub trickle: u64,
    /// Samples in a row that must be healthy before all work is admitted again.
    pub healthy_samples: u32,
    /// The share of a difference that one sample teaches.
    pub learning: f64,
}

impl Default for LoadShedderOptions {
    fn default() -> Self {
        Self {
            learn_after: Duration::from_secs(5),
            sample_every: Duration::from_secs(2),
            factor: 1.2,
            slack: 16.0,
            shed_for: Duration::from_secs(10),
            trickle: 10,
            healthy_samples: 2,
            learning: 0.05,
        }
    }
}

/// The load at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LoadSample {
    /// Tasks that live.
    pub tasks: u64,
    /// What makes tasks by right: vehicles, streams, connections; each counted once per task that it needs.
    pub units: u64,
}

/// A change of the admission, and the numbers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AdmissionChange {
    /// Nanoseconds since the process's clock began.
    pub at_ns: u64,
    /// The admission before.
    pub from: Admission,
    /// The admission from now on.
    pub to: Admission,
    /// Tasks that lived.
    pub tasks: u64,
    /// Tasks that were expected.
    pub expected: f64,
}

impl fmt::Display for AdmissionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, tasks, expected, .. } = self;
        write!(f, "{from:?} -> {to:?} at {tasks} tasks, {expected:.0} expected")
    }
}

/// Called with each change.
type Hook = Box<dyn Fn(&AdmissionChange) + Send + Sync>;

/// Admits or refuses new work. Shared by all that admit, and fed by one sampler.
pub struct LoadShedder {
    options: LoadShedderOptions,
    state: Mutex<LoadModel>,
    admission: watch::Sender<Admission>,
    attempts: AtomicU64,
    hooks: Mutex<Vec<Hook>>,
    declared: Mutex<Vec<&'static str>>,
}

/// For work that declared itself not critical: to be asked before each piece of it.
#[derive(Clone, Debug)]
pub struct NotCritical {
    admission: watch::Receiver<Admission>,
}

impl NotCritical {
    /// Whether it may work now.
    pub fn may_work(&self) -> bool {
        *self.admission.borrow() == Admission::Admitting
    }
}

/// The model of the expected number of tasks, and the state that samples change.
#[derive(Clone, Debug)]
struct LoadModel {
    /// From when on samples count.
    from_ns: u64,
    base: Option<f64>,
    each: f64,
    shedding_since_ns: u64,
    healthy: u32,
    last: LoadSample,
}

impl LoadModel {
    fn expected(&self, units: u64) -> f64 {
        self.base.unwrap_or(0.0) + self.each * units as f64
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LoadShedder {
    /// A load shedder that admits all work and has learnt nothing. `each`: tasks that one unit is believed to need until it is learnt.
    pub fn new(options: LoadShedderOptions, each: f64) -> Arc<Self> {
        let from_ns = clock::now_ns() + options.learn_after.as_nanos() as u64;
        let last = LoadSample { tasks: 0, units: 0 };
        let model = LoadModel { from_ns, base: None, each, shedding_since_ns: 0, healthy: 0, last };
        Arc::new(Self {
            options,
            state: Mutex::new(model),
            admission: watch::Sender::new(Admission::Admitting),
            attempts: AtomicU64::new(0),
            hooks: Mutex::default(),
            declared: Mutex::default(),
        })
    }
    /// As given to [`LoadShedder::new`].
    pub fn options(&self) -> &LoadShedderOptions {
        &self.options
    }
    /// Whether new work is admitted.
    pub fn admission(&self) -> Admission {
        *self.admission.borrow()
    }
    /// Changes of the admission: what is not critical pauses itself unless all work is admitted.
    pub fn subscribe(&self) -> watch::Receiver<Admission> {
        self.admission.subscribe()
    }
    /// Declares a component as not critical: it is paused unless all work is admitted.
    pub fn declare(&self, name: &'static str) -> NotCritical {
        lock(&self.declared).push(name);
        NotCritical { admission: self.subscribe() }
    }
    /// The components that are not critical, in the order of their declarations.
    pub fn declared(&self) -> Vec<&'static str> {
        lock(&self.declared).clone()
    }
    /// Calls `hook` with each change from now on.
    pub fn on_change(&self, hook: impl Fn(&AdmissionChange) + Send + Sync + 'static) {
        lock(&self.hooks).push(Box::new(hook));
    }
    /// Tasks expected at the last sample, once something was learnt.
    pub fn expected(&self) -> Option<f64> {
        let state = lock(&self.state);
        state.base.map(|_| state.expected(state.last.units))
    }
    /// Admits one piece of new work, or refuses it. `Err`: come again after so long.
    pub fn admit(&self) -> Result<(), Duration> {
        match self.admission() {
            Admission::Admitting => Ok(()),
            Admission::Probing
                if self.attempts.fetch_add(1, Relaxed).is_multiple_of(self.options.trickle) =>
            {
                Ok(())
            }
            Admission::Probing => Err(self.options.sample_every),
            Admission::Shedding => {
                let since_ns = lock(&self.state).shedding_since_ns;
                let since = Duration::from_nanos(clock::now_ns().saturating_sub(since_ns));
                Err(self.options.shed_for.saturating_sub(since).max(Duration::from_secs(1)))
            }
        }
    }
    /// Takes a sample in, which may change the admission.
    pub fn observe(&self, sample: LoadSample) {
        self.observe_at(sample, clock::now_ns());
    }

    fn observe_at(&self, sample: LoadSample, now: u64) {
        let mut state = lock(&self.state);
        if now < state.from_ns {
            return;
        }
        state.base = state.base.or(Some((sample.tasks as f64 - state.each * sample.units as f64).max(0.0)));
        let expected = state.expected(sample.units);
        let limit = (expected * self.options.factor).max(expected + self.options.slack);
        let healthy = sample.tasks as f64 <= limit;
        state.healthy = if healthy { state.healthy + 1 } else { 0 };
        let from = self.admission();
        let to = match from {
            Admission::Admitting if !healthy => Admission::Shedding,
            Admission::Shedding
                if now - state.shedding_since_ns >= self.options.shed_for.as_nanos() as u64 =>
            {
                Admission::Probing
            }
            Admission::Probing if !healthy => Admission::Shedding,
            Admission::Probing if state.healthy >= self.options.healthy_samples => Admission::Admitting,
            same => same,
        };
        match to {
            Admission::Shedding if from != Admission::Shedding => state.shedding_since_ns = now,
            // Being healthy while no work came in proves nothing.
            Admission::Probing if from != Admission::Probing => state.healthy = 0,
            _ => {}
        }
        if from == Admission::Admitting && healthy {
            learn(&mut state, sample, self.options.learning);
        }
        state.last = sample;
        drop(state);
        if from != to {
            self.change(AdmissionChange { at_ns: now, from, to, tasks: sample.tasks, expected });
        }
    }

    fn change(&self, change: AdmissionChange) {
        self.admission.send_replace(change.to);
        match change.to {
            Admission::Shedding => tracing::error!(%change, "load shedder"),
            Admission::Probing | Admission::Admitting => tracing::warn!(%change, "load shedder"),
        }
        for hook in lock(&self.hooks).iter() {
            hook(&change);
        }
    }
}

/// Learns what a unit needs from samples whose units changed, and lets the base fall, never rise.
fn learn(state: &mut LoadModel, sample: LoadSample, share: f64) {
    let more = sample.units as f64 - state.last.units as f64;
    if more.abs() >= 1.0 && state.last.tasks > 0 {
        let needed = (sample.tasks as f64 - state.last.tasks as f64) / more;
        // A unit needs some tasks and not hundreds: what lies outside is not its doing.
        state.each += share * (needed.clamp(0.0, 8.0) - state.each);
    }
    let base = sample.tasks as f64 - state.each * sample.units as f64;
    state.base = state.base.map(|known| if base < known { known + share * (base - known) } else { known });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// A load shedder that learns at once, fed a sample every 2 s; the admission after each.
    fn admissions(samples: &[(u64, u64)]) -> Vec<Admission> {
        let options = LoadShedderOptions { learn_after: Duration::ZERO, ..LoadShedderOptions::default() };
        let shedder = LoadShedder::new(options, 3.0);
        let start = clock::now_ns() + SECOND;
        let mut shown = Vec::new();
        for (row, &(tasks, units)) in samples.iter().enumerate() {
            shedder.observe_at(LoadSample { tasks, units }, start + row as u64 * 2 * SECOND);
            shown.push(shedder.admission());
        }
        shown
    }

    #[test]
    fn it_sheds_waits_probes_and_admits_again() {
        use Admission::{Admitting, Probing, Shedding};
        let leak = [
            (100, 0),
            (119, 0),
            (200, 0),
            (200, 0),
            (100, 0),
            (100, 0),
            (100, 0),
            (100, 0),
            (100, 0),
            (100, 0),
        ];
        assert_eq!(
            admissions(&leak),
            [
                Admitting, Admitting, Shedding, Shedding, Shedding, Shedding, Shedding, Probing, Probing,
                Admitting
            ]
        );
        let again = [(100, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0)];
        assert_eq!(admissions(&again)[6..], [Probing, Shedding]);
    }

    #[test]
    fn a_fleet_that_grows_is_no_leak_and_a_leak_in_a_fleet_that_stays_is() {
        let grows: Vec<_> = (0..200).map(|row| (100 + 3 * row * 50, row * 50)).collect();
        assert!(admissions(&grows).iter().all(|admission| *admission == Admission::Admitting));
        let dearer: Vec<_> = (0..200).map(|row| (100 + 4 * row * 5, row * 5)).collect();
        assert!(
            admissions(&dearer).iter().all(|admission| *admission == Admission::Admitting),
            "what a unit needs is learnt"
        );
        let leaks: Vec<_> = (0..200).map(|row| (1_000 + row * 2, 300)).collect();
        assert!(admissions(&leaks).contains(&Admission::Shedding), "a slow leak is not learnt away");
    }
}
