//! What is known of every task, to be read at any moment without stopping one: rows, counters, the flight recorder.

use crate::clock;
use crate::contract::{Owner, Until};
use crate::point;
use crate::recorder::{self, TaskEvent};
use crate::slab::{self, Slot, TaskMeta};
use crate::supervisor::Shared;
use serde::Serialize;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A line of source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceLocation {
    /// As the compiler was given it.
    pub file: &'static str,
    /// From 1.
    pub line: u32,
}
impl From<&'static Location<'static>> for SourceLocation {
    fn from(place: &'static Location<'static>) -> Self {
        Self { file: place.file(), line: place.line() }
    }
}
impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a task waits, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Await {
    /// As given to `named`, or to a channel, a lock or a sleep of `sync`.
    pub name: &'static str,
    /// The line that named it.
    pub location: SourceLocation,
    /// Since it came to this place.
    pub for_ms: u64,
}

/// Whether a task runs, waits, or holds others up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It is being polled, or its function runs.
    Active,
    /// It waits to be woken.
    Idle,
    /// One poll runs over its limit, or it waits longer than its contract allows.
    Blocked,
}

/// One task as it was at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRow {
    /// Never used again in this process.
    pub id: u64,
    /// The component that it belongs to.
    pub component: &'static str,
    /// What kind of entity its scope is for; the component itself for tasks of its own.
    pub scope: &'static str,
    /// The entity of that kind; `None`: the component itself.
    pub owner: Option<Owner>,
    /// As given when it was spawned.
    pub name: &'static str,
    /// The line that spawned it.
    pub location: SourceLocation,
    /// When it must be gone.
    pub contract: Until,
    /// At this moment.
    pub state: TaskState,
    /// Whether it is a blocking function on a thread of its own.
    pub blocking: bool,
    /// How often it was polled.
    pub polls: u64,
    /// How long it was polled, by a clock that moves every few milliseconds: exact over many polls, not for one.
    pub busy_ms: u64,
    /// From its spawn to its first poll. `None`: not polled yet.
    pub start_latency_us: Option<u32>,
    /// Since its spawn.
    pub age_ms: u64,
    /// Since it became active or idle.
    pub state_for_ms: u64,
    /// Where it waits, if it waits at a place with a name.
    pub at: Option<Await>,
}

impl fmt::Display for TaskRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.component, self.name)?;
        if let Some(owner) = &self.owner {
            write!(f, " of {} {owner}", self.scope)?;
        }
        write!(f, " ({}, spawned at {}, {} ms ago)", self.contract, self.location, self.age_ms)?;
        match self.at {
            Some(at) => write!(f, " waits at \"{}\" ({}) for {} ms", at.name, at.location, at.for_ms),
            None if self.state == TaskState::Idle => {
                write!(f, " waits at no named place for {} ms", self.state_for_ms)
            }
            None => write!(f, " runs for {} ms", self.state_for_ms),
        }
    }
}

/// Poll times of one component, of one poll in 16: `counts[i]` polls took less than 2^(i+10) ns, the last any time.
pub const POLL_BUCKETS: usize = 16;

/// Counters of a component since it was made. Each counts by itself; together they may be a task or two apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Component {
    /// As given to [`Supervisor::scope`](crate::Supervisor::scope).
    pub name: &'static str,
    /// Tasks spawned.
    pub spawned: u64,
    /// Tasks ended, however.
    pub ended: u64,
    /// Of these, with an error.
    pub failed: u64,
    /// Of these, with a panic.
    pub panicked: u64,
    /// Of these, aborted.
    pub aborted: u64,
    /// Times that one was started again.
    pub restarted: u64,
    /// Polls that ran over their limit.
    pub blocked_polls: u64,
    /// Poll times; see [`POLL_BUCKETS`].
    pub poll_times: [u64; POLL_BUCKETS],
    /// Start latencies of all tasks, in the same buckets.
    pub start_latencies: [u64; POLL_BUCKETS],
    /// Tasks that are active now.
    pub active: u64,
    /// Tasks that are idle now.
    pub idle: u64,
    /// Tasks that are blocked now.
    pub blocked: u64,
}

impl Component {
    /// Tasks that live now.
    pub fn live(&self) -> u64 {
        self.spawned.saturating_sub(self.ended)
    }
}

/// The time in ns below which `share` (0 to 1) of the counted times lie: the upper bound of their bucket. `None`: none.
pub fn quantile_ns(counts: &[u64; POLL_BUCKETS], share: f64) -> Option<u64> {
    let total: u64 = counts.iter().sum();
    let wanted = (total as f64 * share).ceil() as u64;
    let mut seen = 0;
    let bucket = counts.iter().position(|count| {
        seen += count;
        seen >= wanted.max(1)
    });
    bucket.map(|bucket| 1 << (bucket + 10))
}

/// The counters behind [`Component`].
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) spawned: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) panicked: AtomicU64,
    pub(crate) aborted: AtomicU64,
    pub(crate) restarted: AtomicU64,
    pub(crate) blocked_polls: AtomicU64,
    pub(crate) poll_times: [AtomicU64; POLL_BUCKETS],
    pub(crate) start_latencies: [AtomicU64; POLL_BUCKETS],
}

impl Counters {
    pub(crate) fn add_time(buckets: &[AtomicU64; POLL_BUCKETS], ns: u64) {
        let bucket = (64 - (ns >> 10).leading_zeros() as usize).min(POLL_BUCKETS - 1);
        buckets[bucket].fetch_add(1, Relaxed);
    }
    fn read(&self, name: &'static str) -> Component {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        // Ended before spawned: then no task seems to have ended before it began.
        let ended = read(&self.ended);
        Component {
            name,
            ended,
            spawned: read(&self.spawned),
            failed: read(&self.failed),
            panicked: read(&self.panicked),
            aborted: read(&self.aborted),
            restarted: read(&self.restarted),
            blocked_polls: read(&self.blocked_polls),
            poll_times: self.poll_times.each_ref().map(read),
            start_latencies: self.start_latencies.each_ref().map(read),
            ..Component::default()
        }
    }
}

/// What one supervisor knows of its tasks. Cheap to clone; reading stops no task.
#[derive(Clone)]
pub struct Registry(pub(crate) Arc<Shared>);

impl Registry {
    /// Calls `each` with every task that lives, one at a time, without keeping them. Those that begin or end meanwhile may or may
    /// not be among them; each row is of one moment.
    pub fn for_each(&self, mut each: impl FnMut(TaskRow)) {
        let now = clock::now_ns();
        for slot in slab::slots() {
            let row = {
                let meta = slot.meta();
                match meta.as_ref() {
                    Some(meta) if meta.scope.info.supervisor == self.0.id => row(slot, meta, now),
                    _ => continue,
                }
            };
            each(row);
        }
    }
    /// Every task that lives.
    pub fn snapshot(&self) -> Vec<TaskRow> {
        let mut rows = Vec::with_capacity(self.len());
        self.for_each(|row| rows.push(row));
        rows
    }
    /// How many tasks live.
    pub fn len(&self) -> usize {
        let counters = self.0.components();
        let live = |counters: &Counters| {
            let ended = counters.ended.load(Relaxed);
            counters.spawned.load(Relaxed).saturating_sub(ended)
        };
        counters.iter().map(|(_, counters)| live(counters) as usize).sum()
    }
    /// How many tasks of one component live.
    pub fn live(&self, component: &str) -> u64 {
        let counters = self.0.components();
        let found = counters.iter().find(|(name, _)| *name == component);
        found.map_or(0, |(name, counters)| counters.read(name).live())
    }
    /// Whether no task lives.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The counters of each component, by name, with its tasks by state. Walks over all tasks.
    pub fn components(&self) -> Vec<Component> {
        let mut shown: Vec<_> =
            self.0.components().iter().map(|(name, counters)| counters.read(name)).collect();
        self.for_each(|row| {
            let Some(component) = shown.iter_mut().find(|shown| shown.name == row.component) else { return };
            match row.state {
                TaskState::Active => component.active += 1,
                TaskState::Idle => component.idle += 1,
                TaskState::Blocked => component.blocked += 1,
            }
        });
        shown
    }
    /// The flight recorder: the last events, oldest first.
    pub fn events(&self) -> Vec<TaskEvent> {
        recorder::events(self.0.id)
    }
}

/// The row of a task whose slot is locked.
pub(crate) fn row(slot: &Slot, meta: &TaskMeta, now: u64) -> TaskRow {
    let info = &meta.scope.info;
    let (since, latency) = (slot.since_ns.load(Relaxed), slot.latency_us.load(Relaxed));
    let at = point::point(slot.point.load(Relaxed)).map(|point| Await {
        name: point.name,
        location: point.location.into(),
        for_ms: clock::span_ms(slot.point_since_ns.load(Relaxed), now),
    });
    TaskRow {
        id: meta.id,
        component: info.component,
        scope: info.kind,
        owner: info.owner.clone(),
        name: meta.name,
        location: meta.location.into(),
        contract: meta.contract.into(),
        state: state(slot, meta, now),
        blocking: meta.blocking,
        polls: slot.polls.load(Relaxed),
        busy_ms: busy_ms(slot, meta, now),
        start_latency_us: (latency != u32::MAX).then_some(latency),
        age_ms: clock::span_ms(meta.at_ns, now),
        state_for_ms: clock::span_ms(since, now),
        at,
    }
}

fn busy_ms(slot: &Slot, meta: &TaskMeta, now: u64) -> u64 {
    // A blocking function has one poll and it is not over.
    let running = if meta.blocking && slot.is_active() { now } else { 0 };
    slot.busy_ns.load(Relaxed) / 1_000_000 + clock::span_ms(slot.since_ns.load(Relaxed), running)
}

pub(crate) fn state(slot: &Slot, meta: &TaskMeta, now: u64) -> TaskState {
    let active = slot.is_active();
    let overdue = meta.due_ns().is_some_and(|due| now > due);
    let long = active && !meta.blocking && poll_too_long(slot, meta, now);
    match (overdue || long, active) {
        (true, _) => TaskState::Blocked,
        (false, true) => TaskState::Active,
        (false, false) => TaskState::Idle,
    }
}

pub(crate) fn poll_too_long(slot: &Slot, meta: &TaskMeta, now: u64) -> bool {
    let limit = meta.scope.shared.options.poll_limit.as_nanos() as u64;
    // The coarse clock may have been behind when the poll began.
    let limit = limit + clock::COARSE.as_nanos() as u64;
    slot.is_active() && now.saturating_sub(slot.since_ns.load(Relaxed)) > limit
}
