//! The breaker: more tasks than the fleet explains, and new work is turned away until the number is well again.
//!
//! ```text
//!            above 1.2 x expected              10 s later                 well for 2 samples
//!  Closed -------------------------> Open ---------------> HalfOpen ---------------------------> Closed
//!                                     ^                       |
//!                                     +--- above again -------+
//! ```
//!
//! *Expected* is a function of load: `base + each x units`, units being vehicles, streams, whatever makes tasks by right.
//! Both are learnt: the base once after the start, `each` slowly while the breaker is closed and units grow. A number
//! that grows while units do not is never learnt: a slow leak stays visible.

use crate::clock;
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Whether new work is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// All of it.
    Closed,
    /// None of it; what is not critical is paused.
    Open,
    /// A trickle.
    HalfOpen,
}

/// When the breaker trips and how it recovers. The defaults are those that the founders used by hand.
#[derive(Clone, Debug)]
pub struct BreakerOptions {
    /// From the start to the first sample, which is the base.
    pub learn_after: Duration,
    /// Between samples.
    pub sample_every: Duration,
    /// Trips above this multiple of what is expected.
    pub factor: f64,
    /// And by at least so many tasks: 1.2 times a handful is noise.
    pub slack: f64,
    /// From open to half-open.
    pub open_for: Duration,
    /// Of new work, one in so many is let through while half-open.
    pub trickle: u64,
    /// Samples in a row that must be well before it closes.
    pub well_for: u32,
    /// The share of a difference that one sample teaches.
    pub learning: f64,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            learn_after: Duration::from_secs(5),
            sample_every: Duration::from_secs(2),
            factor: 1.2,
            slack: 16.0,
            open_for: Duration::from_secs(10),
            trickle: 10,
            well_for: 2,
            learning: 0.05,
        }
    }
}

/// One look at the load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Tasks that live.
    pub tasks: u64,
    /// What makes tasks by right: vehicles, streams, connections; each counted once per task that it needs.
    pub units: u64,
}

/// A change of the gate, and the numbers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Turned {
    /// Nanoseconds since the process's clock began.
    pub at_ns: u64,
    /// What it was.
    pub from: Gate,
    /// What it is.
    pub to: Gate,
    /// Tasks that lived.
    pub tasks: u64,
    /// Tasks that were expected.
    pub expected: f64,
}

impl fmt::Display for Turned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, tasks, expected, .. } = self;
        write!(f, "{from:?} -> {to:?} at {tasks} tasks, {expected:.0} expected")
    }
}

/// Called with each turn.
type Hook = Box<dyn Fn(&Turned) + Send + Sync>;

/// Tells who may come in. Shared by those who ask it, and fed by whoever samples.
pub struct Breaker {
    options: BreakerOptions,
    state: Mutex<Learnt>,
    gate: watch::Sender<Gate>,
    asked: AtomicU64,
    hooks: Mutex<Vec<Hook>>,
    declared: Mutex<Vec<&'static str>>,
}

/// What has declared itself not critical asks this before each piece of its work.
#[derive(Clone, Debug)]
pub struct NotCritical {
    gate: watch::Receiver<Gate>,
}

impl NotCritical {
    /// Whether it may work now.
    pub fn may_work(&self) -> bool {
        *self.gate.borrow() == Gate::Closed
    }
}

/// What is known so far.
#[derive(Clone, Debug)]
struct Learnt {
    /// From when on samples count.
    from_ns: u64,
    base: Option<f64>,
    each: f64,
    opened_ns: u64,
    well: u32,
    last: Sample,
}

impl Learnt {
    fn expected(&self, units: u64) -> f64 {
        self.base.unwrap_or(0.0) + self.each * units as f64
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Breaker {
    /// A closed breaker that has learnt nothing. `each`: tasks that one unit is believed to need until it is learnt.
    pub fn new(options: BreakerOptions, each: f64) -> Arc<Self> {
        let from_ns = clock::now_ns() + options.learn_after.as_nanos() as u64;
        let last = Sample { tasks: 0, units: 0 };
        let learnt = Learnt { from_ns, base: None, each, opened_ns: 0, well: 0, last };
        Arc::new(Self {
            options,
            state: Mutex::new(learnt),
            gate: watch::Sender::new(Gate::Closed),
            asked: AtomicU64::new(0),
            hooks: Mutex::default(),
            declared: Mutex::default(),
        })
    }
    /// How it samples.
    pub fn options(&self) -> &BreakerOptions {
        &self.options
    }
    /// Whether new work is taken.
    pub fn gate(&self) -> Gate {
        *self.gate.borrow()
    }
    /// Changes of the gate: what is not critical pauses itself while it is not closed.
    pub fn subscribe(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }
    /// Declares a component as not critical: it is paused while the gate is not closed.
    pub fn declare(&self, name: &'static str) -> NotCritical {
        lock(&self.declared).push(name);
        NotCritical { gate: self.subscribe() }
    }
    /// What has declared itself not critical.
    pub fn declared(&self) -> Vec<&'static str> {
        lock(&self.declared).clone()
    }
    /// Calls `hook` with each turn from now on.
    pub fn on_turn(&self, hook: impl Fn(&Turned) + Send + Sync + 'static) {
        lock(&self.hooks).push(Box::new(hook));
    }
    /// Tasks expected at the last sample, once something was learnt.
    pub fn expected(&self) -> Option<f64> {
        let state = lock(&self.state);
        state.base.map(|_| state.expected(state.last.units))
    }
    /// May one piece of new work come in? `Err`: not now, come again after so long.
    pub fn admit(&self) -> Result<(), Duration> {
        match self.gate() {
            Gate::Closed => Ok(()),
            Gate::HalfOpen if self.asked.fetch_add(1, Relaxed).is_multiple_of(self.options.trickle) => Ok(()),
            Gate::HalfOpen => Err(self.options.sample_every),
            Gate::Open => {
                let opened = lock(&self.state).opened_ns;
                let since = Duration::from_nanos(clock::now_ns().saturating_sub(opened));
                Err(self.options.open_for.saturating_sub(since).max(Duration::from_secs(1)))
            }
        }
    }
    /// Takes a sample in.
    pub fn sample(&self, sample: Sample) {
        self.sample_at(sample, clock::now_ns());
    }

    fn sample_at(&self, sample: Sample, now: u64) {
        let mut state = lock(&self.state);
        if now < state.from_ns {
            return;
        }
        state.base = state.base.or(Some((sample.tasks as f64 - state.each * sample.units as f64).max(0.0)));
        let expected = state.expected(sample.units);
        let limit = (expected * self.options.factor).max(expected + self.options.slack);
        let well = sample.tasks as f64 <= limit;
        state.well = if well { state.well + 1 } else { 0 };
        let from = self.gate();
        let to = match from {
            Gate::Closed if !well => Gate::Open,
            Gate::Open if now - state.opened_ns >= self.options.open_for.as_nanos() as u64 => Gate::HalfOpen,
            Gate::HalfOpen if !well => Gate::Open,
            Gate::HalfOpen if state.well >= self.options.well_for => Gate::Closed,
            same => same,
        };
        match to {
            Gate::Open if from != Gate::Open => state.opened_ns = now,
            // Being well while nothing came in proves nothing.
            Gate::HalfOpen if from != Gate::HalfOpen => state.well = 0,
            _ => {}
        }
        if from == Gate::Closed && well {
            learn(&mut state, sample, self.options.learning);
        }
        state.last = sample;
        drop(state);
        if from != to {
            self.turn(Turned { at_ns: now, from, to, tasks: sample.tasks, expected });
        }
    }

    fn turn(&self, turned: Turned) {
        self.gate.send_replace(turned.to);
        match turned.to {
            Gate::Open => tracing::error!(%turned, "breaker"),
            Gate::HalfOpen | Gate::Closed => tracing::warn!(%turned, "breaker"),
        }
        for hook in lock(&self.hooks).iter() {
            hook(&turned);
        }
    }
}

/// Learns what a unit needs from samples whose units changed, and lets the base fall, never rise.
fn learn(state: &mut Learnt, sample: Sample, share: f64) {
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

    /// A breaker that learns at once, fed a sample every 2 s; shows the gate after each.
    fn gates(samples: &[(u64, u64)]) -> Vec<Gate> {
        let options = BreakerOptions { learn_after: Duration::ZERO, ..BreakerOptions::default() };
        let breaker = Breaker::new(options, 3.0);
        let start = clock::now_ns() + SECOND;
        let mut shown = Vec::new();
        for (row, &(tasks, units)) in samples.iter().enumerate() {
            breaker.sample_at(Sample { tasks, units }, start + row as u64 * 2 * SECOND);
            shown.push(breaker.gate());
        }
        shown
    }

    #[test]
    fn it_trips_waits_tries_and_closes() {
        use Gate::{Closed, HalfOpen, Open};
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
        assert_eq!(gates(&leak), [Closed, Closed, Open, Open, Open, Open, Open, HalfOpen, HalfOpen, Closed]);
        let again = [(100, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0), (200, 0)];
        assert_eq!(gates(&again)[6..], [HalfOpen, Open]);
    }

    #[test]
    fn a_fleet_that_grows_is_no_leak_and_a_leak_in_a_fleet_that_stays_is() {
        let grows: Vec<_> = (0..200).map(|row| (100 + 3 * row * 50, row * 50)).collect();
        assert!(gates(&grows).iter().all(|gate| *gate == Gate::Closed));
        let dearer: Vec<_> = (0..200).map(|row| (100 + 4 * row * 5, row * 5)).collect();
        assert!(gates(&dearer).iter().all(|gate| *gate == Gate::Closed), "what a unit needs is learnt");
        let leaks: Vec<_> = (0..200).map(|row| (1_000 + row * 2, 300)).collect();
        assert!(gates(&leaks).contains(&Gate::Open), "a slow leak is not learnt away");
    }
}
