//! What is known of every task, to be read at any moment without stopping one: rows, counters, the flight recorder.

use crate::clock;
use crate::counters::{Component, Counters};
use crate::live::{Slot, TaskMeta};
use crate::point;
use crate::recorder::{self, TaskEvent};
use crate::row::{Await, TaskRow, TaskState};
use crate::shared::Shared;
use crate::slab;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

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
