//! What is known of every task, to be read at any moment without stopping one: rows, counters, the flight recorder.

use crate::clock;
use crate::counters::{Component, Counters};
use crate::leak::Leak;
use crate::leaks::{self, ProofCost};
use crate::recorder::{self, TaskEvent};
use crate::row::{TaskRow, TaskState};
use crate::shared::Shared;
use crate::slab;
use crate::task_row::row;
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
    /// The leaks that are proved, as of the watch's latest pass.
    pub fn leaks(&self) -> Vec<Leak> {
        leaks::of(self.0.id)
    }
    /// What the latest pass of the proof took, over all tasks of the process.
    pub fn proof_cost(&self) -> ProofCost {
        leaks::cost()
    }
    /// The flight recorder: the last events, oldest first.
    pub fn events(&self) -> Vec<TaskEvent> {
        recorder::events(self.0.id)
    }
}
