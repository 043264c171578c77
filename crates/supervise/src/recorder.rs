//! The flight recorder: the last spawns, ends and changes of state, in rings, always on.

use crate::contract::Owner;
use crate::live::{ScopeInfo, TaskMeta};
use crate::point;
use crate::row::SourceLocation;
use crate::slab::shard;
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};

/// The kinds of events of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskEventKind {
    /// It was spawned.
    Spawned,
    /// A poll began. One poll in 16 is recorded.
    Active,
    /// That poll ended.
    Idle,
    /// A poll ran over its limit, or its contract ran out.
    Blocked,
    /// It ended by itself, without an error.
    Finished,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
    /// It was aborted, or its runtime ended.
    Aborted,
}

/// One entry of the flight recorder, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskEvent {
    /// Nanoseconds since the process's clock began.
    pub at_ns: u64,
    /// The task's number.
    pub task: u64,
    /// What happened to the task.
    pub what: TaskEventKind,
    /// The supervisor's number, for processes with several.
    pub supervisor: u64,
    /// The task's component.
    pub component: &'static str,
    /// The kind of entity that it works for.
    pub scope: &'static str,
    /// The entity of that kind; `None`: the component itself.
    pub owner: Option<Owner>,
    /// The task's name.
    pub name: &'static str,
    /// The line that spawned it.
    pub location: SourceLocation,
}

struct Entry {
    at_ns: u64,
    task: u64,
    /// The point of its spawn.
    spawned: u32,
    info: Arc<ScopeInfo>,
    what: TaskEventKind,
}

const SHARDS: usize = 16;
/// Entries of one ring: with 16 rings the recorder takes at most 4 MB and holds 65,536 entries.
const RING_MAX: usize = 4_096;

#[derive(Default)]
struct Ring {
    entries: Vec<Entry>,
    next: usize,
}

static RINGS: [Mutex<Ring>; SHARDS] = [const { Mutex::new(Ring { entries: Vec::new(), next: 0 }) }; SHARDS];

pub(crate) fn record(at_ns: u64, meta: &TaskMeta, what: TaskEventKind) {
    let info = meta.scope.info.clone();
    let entry = Entry { at_ns, task: meta.id, spawned: meta.spawned, info, what };
    let mut ring = RINGS[shard(SHARDS)].lock().unwrap_or_else(PoisonError::into_inner);
    let ring = &mut *ring;
    let overwritten = if ring.entries.len() < RING_MAX {
        ring.entries.push(entry);
        None
    } else {
        Some(std::mem::replace(&mut ring.entries[ring.next], entry))
    };
    ring.next = (ring.next + 1) % RING_MAX;
    drop(overwritten);
}

/// The entries of one supervisor, oldest first.
pub(crate) fn events(supervisor: u64) -> Vec<TaskEvent> {
    let mut events = Vec::new();
    for ring in &RINGS {
        let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = ring.entries.iter().filter(|entry| entry.info.supervisor == supervisor);
        events.extend(mine.map(Entry::shown));
    }
    events.sort_by_key(|event| event.at_ns);
    events
}

impl Entry {
    fn shown(&self) -> TaskEvent {
        let (info, spawned) = (&self.info, point::known(self.spawned));
        TaskEvent {
            at_ns: self.at_ns,
            task: self.task,
            what: self.what,
            supervisor: info.supervisor,
            component: info.component,
            scope: info.kind,
            owner: info.owner.clone(),
            name: spawned.name,
            location: spawned.location.into(),
        }
    }
}
