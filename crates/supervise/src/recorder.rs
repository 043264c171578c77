//! The flight recorder: the last spawns, ends and changes of state, in rings, always on.

use crate::contract::Owner;
use crate::registry::Site;
use crate::scope::Info;
use crate::slab::{Born, shard};
use serde::Serialize;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

/// What happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
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

/// One entry of the flight recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Nanoseconds since the process's clock began.
    pub at_ns: u64,
    /// Which task.
    pub task: u64,
    /// What happened to it.
    pub what: What,
    /// The supervisor's number, for processes with several.
    pub supervisor: u64,
    /// The task's component.
    pub component: &'static str,
    /// What kind of entity it works for.
    pub scope: &'static str,
    /// Which one.
    pub owner: Option<Owner>,
    /// The task's name.
    pub name: &'static str,
    /// Where it was spawned.
    pub site: Site,
}

struct Entry {
    at_ns: u64,
    task: u64,
    name: &'static str,
    site: &'static Location<'static>,
    info: Arc<Info>,
    what: What,
}

const SHARDS: usize = 16;
/// Entries of one ring: with 16 rings the recorder takes at most 4 MB and holds 65,536 entries.
const KEPT: usize = 4_096;

#[derive(Default)]
struct Ring {
    entries: Vec<Entry>,
    next: usize,
}

static RINGS: [Mutex<Ring>; SHARDS] = [const { Mutex::new(Ring { entries: Vec::new(), next: 0 }) }; SHARDS];

pub(crate) fn record(at_ns: u64, born: &Born, what: What) {
    let info = born.scope.info.clone();
    let entry = Entry { at_ns, task: born.id, name: born.name, site: born.site, info, what };
    let mut ring = RINGS[shard(SHARDS)].lock().unwrap_or_else(PoisonError::into_inner);
    let ring = &mut *ring;
    let overwritten = if ring.entries.len() < KEPT {
        ring.entries.push(entry);
        None
    } else {
        Some(std::mem::replace(&mut ring.entries[ring.next], entry))
    };
    ring.next = (ring.next + 1) % KEPT;
    drop(overwritten);
}

/// The entries of one supervisor, oldest first.
pub(crate) fn events(supervisor: u64) -> Vec<Event> {
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
    fn shown(&self) -> Event {
        let info = &self.info;
        Event {
            at_ns: self.at_ns,
            task: self.task,
            what: self.what,
            supervisor: info.supervisor,
            component: info.component,
            scope: info.kind,
            owner: info.owner.clone(),
            name: self.name,
            site: self.site.into(),
        }
    }
}
