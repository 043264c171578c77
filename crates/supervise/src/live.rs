//! What lives: the row of each task, which names its scope, and the record of each scope, whose table names the rows of
//! its tasks. They stand in one file because each holds the other; what is done with them stands in the files above.
//!
//! A slot's lock is held by its task's spawner, by its end and by readers, each for a few nanoseconds; a poll writes
//! only atomics.

use crate::closed::Closed;
use crate::contract::{Owner, Until};
use crate::counters::Counters;
use crate::point::{self, Point};
use crate::shared::Shared;
use crate::threads;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Wake, Waker};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// A scope that is open has no due time.
pub(crate) const OPEN: u64 = u64::MAX;

/// A task's metadata: what its spawn says, and what only its end changes.
pub(crate) struct TaskMeta {
    pub(crate) id: u64,
    /// Its name and the line that spawned it, as a point's number: 4 bytes instead of 24; see [`TaskMeta::spawned`].
    pub(crate) spawned: u32,
    pub(crate) scope: Arc<ScopeState>,
    pub(crate) abort: Option<AbortHandle>,
    /// Wakes it; known from its first poll on.
    pub(crate) waker: Option<Waker>,
    /// Counts the wakers of its latest probe.
    pub(crate) probe: Option<Arc<Probe>>,
    pub(crate) at_ns: u64,
    /// In milliseconds, so that it takes 8 bytes; see [`Contract`].
    pub(crate) contract: Contract,
    /// Its place in its scope's table.
    pub(crate) key: u32,
    /// It runs on a thread of its own and cannot be aborted.
    pub(crate) blocking: bool,
    /// Its breach of contract has been reported.
    pub(crate) reported: bool,
    /// Its long poll has been reported.
    pub(crate) reported_blocked: bool,
    /// It was proved that nobody can wake it.
    pub(crate) stuck: bool,
}

impl TaskMeta {
    /// Its name and the line that spawned it.
    pub(crate) fn spawned(&self) -> Point {
        point::known(self.spawned)
    }
    /// When this task must be gone; `None`: not yet known.
    pub(crate) fn due_ns(&self) -> Option<u64> {
        let own = match Until::from(self.contract) {
            Until::Within(span) => self.at_ns + span.as_nanos() as u64,
            _ => OPEN,
        };
        let due = own.min(self.scope.due_ns.load(Relaxed));
        (due != OPEN).then_some(due)
    }
}

/// [`Until`] in 8 bytes.
#[derive(Clone, Copy)]
pub(crate) enum Contract {
    Owner,
    Request,
    WithinMs(u32),
    Forever,
}

impl From<Until> for Contract {
    fn from(until: Until) -> Self {
        match until {
            Until::Owner => Self::Owner,
            Until::Request => Self::Request,
            Until::Within(span) => Self::WithinMs(u32::try_from(span.as_millis()).unwrap_or(u32::MAX)),
            Until::Forever => Self::Forever,
        }
    }
}
impl From<Contract> for Until {
    fn from(contract: Contract) -> Self {
        match contract {
            Contract::Owner => Self::Owner,
            Contract::Request => Self::Request,
            Contract::WithinMs(ms) => Self::Within(std::time::Duration::from_millis(ms.into())),
            Contract::Forever => Self::Forever,
        }
    }
}

/// One task's row.
#[derive(Default)]
pub(crate) struct Slot {
    meta: Mutex<Option<TaskMeta>>,
    /// Its task's number, to be read without the lock.
    pub(crate) id: AtomicU64,
    pub(crate) polls: AtomicU64,
    pub(crate) busy_ns: AtomicU64,
    /// When it became what it is: active or idle.
    pub(crate) since_ns: AtomicU64,
    /// When it came to its await point.
    pub(crate) point_since_ns: AtomicU64,
    /// Its await point, 0 for none; see `point.rs`.
    pub(crate) point: AtomicU32,
    pub(crate) latency_us: AtomicU32,
    /// The number of the thread that polls it, [`threads::NONE`] between polls.
    pub(crate) thread: AtomicU32,
    /// Waits of its task at primitives of `sync`.
    waits: AtomicU16,
    /// Its next poll is to be a probe.
    pub(crate) probing: AtomicBool,
    /// It has been woken or polled since its latest probe.
    pub(crate) woken: AtomicBool,
}

impl Slot {
    pub(crate) fn meta(&self) -> MutexGuard<'_, Option<TaskMeta>> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Whether it is being polled.
    pub(crate) fn is_active(&self) -> bool {
        self.thread.load(Relaxed) != threads::NONE
    }
    /// Waits of its task at primitives of `sync`; `None`: more than are counted.
    pub(crate) fn waits(&self) -> Option<u16> {
        Some(self.waits.load(Relaxed)).filter(|waits| *waits < u16::MAX)
    }
    pub(crate) fn begin_wait(&self) {
        _ = self.waits.fetch_update(Relaxed, Relaxed, |waits| waits.checked_add(1));
    }
    /// A count that was full once stays so: what it would be is not known any more.
    pub(crate) fn end_wait(&self) {
        _ = self.waits.fetch_update(Relaxed, Relaxed, |waits| {
            if waits == u16::MAX { None } else { waits.checked_sub(1) }
        });
    }
    /// Makes it a new task's.
    pub(crate) fn clear(&self) {
        for number in [&self.polls, &self.busy_ns, &self.since_ns, &self.point_since_ns] {
            number.store(0, Relaxed);
        }
        self.point.store(0, Relaxed);
        self.waits.store(0, Relaxed);
        self.probing.store(false, Relaxed);
        self.woken.store(true, Relaxed);
        self.latency_us.store(u32::MAX, Relaxed);
        self.thread.store(threads::NONE, Relaxed);
    }
}

/// What a probe gives as a waker: the row of its task. Should that be another task's by now, that one gets a wake too many.
pub(crate) struct Probe(pub(crate) &'static Slot);

impl Wake for Probe {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        // Before the wake: no one may see that the clone is gone and not that it was used.
        self.0.woken.store(true, SeqCst);
        let waker = self.0.meta().as_ref().and_then(|meta| meta.waker.clone());
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What a scope is, for rows and the flight recorder.
pub(crate) struct ScopeInfo {
    pub(crate) supervisor: u64,
    pub(crate) component: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) owner: Option<Owner>,
    pub(crate) opened: &'static Location<'static>,
}

/// A scope, as its handles and its tasks share it.
pub(crate) struct ScopeState {
    pub(crate) info: Arc<ScopeInfo>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) parent: Option<Arc<ScopeState>>,
    pub(crate) number: u64,
    pub(crate) cancel: CancellationToken,
    pub(crate) keeps_going: AtomicBool,
    /// When all tasks must be gone, once the scope closes.
    pub(crate) due_ns: AtomicU64,
    pub(crate) aborting: AtomicBool,
    pub(crate) idle: Notify,
    pub(crate) tasks: Mutex<TaskTable>,
}

#[derive(Default)]
pub(crate) struct TaskTable {
    pub(crate) rows: Vec<Option<&'static Slot>>,
    pub(crate) free: Vec<u32>,
    pub(crate) live: usize,
    /// Children in which something lives.
    pub(crate) busy_below: usize,
    pub(crate) closed: bool,
    pub(crate) children: BTreeMap<u64, Weak<ScopeState>>,
    pub(crate) outcome: Closed,
}

impl TaskTable {
    pub(crate) fn is_idle(&self) -> bool {
        self.live == 0 && self.busy_below == 0
    }
}

impl ScopeState {
    pub(crate) fn table(&self) -> MutexGuard<'_, TaskTable> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ScopeState {
    fn drop(&mut self) {
        if let Some(parent) = &self.parent {
            parent.table().children.remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_no_more_than_its_share_of_the_budget() {
        // 200 bytes a task: the row, 8 in the scope's table, and 24 that the wrapper adds to the future.
        assert!(size_of::<Slot>() <= 144, "{}", size_of::<Slot>());
    }
}
