//! Where every task of the process has its row: chunks of slots that never move and are used again, so that a task finds
//! its slot without a lock and a reader walks over all of them without stopping a task.
//!
//! A slot's lock is held by its task's spawner, by its end and by readers, each for a few nanoseconds; a poll writes
//! only atomics. Memory is that of the most tasks that ever lived at once.

use crate::contract::Until;
use crate::scope::Inner;
use crate::threads;
use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::task::AbortHandle;

/// A task's metadata: what its spawn says, and what only its end changes.
pub(crate) struct TaskMeta {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) location: &'static Location<'static>,
    pub(crate) scope: Arc<Inner>,
    pub(crate) abort: Option<AbortHandle>,
    pub(crate) at_ns: u64,
    /// The task that spawned it; 0: none did.
    pub(crate) parent: u64,
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
    /// Waits of its task that others than a channel's senders can end; see `sync.rs`.
    pub(crate) other_waits: AtomicU32,
}

impl Slot {
    pub(crate) fn meta(&self) -> MutexGuard<'_, Option<TaskMeta>> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Whether it is being polled.
    pub(crate) fn is_active(&self) -> bool {
        self.thread.load(Relaxed) != threads::NONE
    }
    fn clear(&self) {
        for number in [&self.polls, &self.busy_ns, &self.since_ns, &self.point_since_ns] {
            number.store(0, Relaxed);
        }
        self.point.store(0, Relaxed);
        self.other_waits.store(0, Relaxed);
        self.latency_us.store(u32::MAX, Relaxed);
        self.thread.store(threads::NONE, Relaxed);
    }
}

/// Slots in the first chunk; each further one is twice as large.
const FIRST: usize = 256;
/// Chunks: together more slots than a machine has memory for.
const CHUNKS: usize = 26;
/// Free lists. Threads take turns at them; up to so many spawn without ever waiting for each other.
const SHARDS: usize = 16;
/// Free slots that a shard keeps for itself, and how many it returns or fetches at once.
const FREE_MAX: usize = 512;
const BATCH: usize = 128;

static CHUNK: [OnceLock<Box<[Slot]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];
static FREE: [Mutex<Vec<&'static Slot>>; SHARDS] = [const { Mutex::new(Vec::new()) }; SHARDS];
/// Free slots of no shard: what ends on one thread was often spawned on another.
static SPARE: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());
/// Chunks made so far.
static MADE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The number of this thread's shard, below `of`.
pub(crate) fn shard(of: usize) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // A thread that is ending may have lost its cells; it shares the first shard.
    let mine = SHARD.try_with(|cell| {
        if cell.get() == usize::MAX {
            cell.set(NEXT.fetch_add(1, Relaxed));
        }
        cell.get()
    });
    mine.unwrap_or(0) % of
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A cleared slot for a new task.
pub(crate) fn acquire(meta: TaskMeta) -> &'static Slot {
    let mut free = lock(&FREE[shard(SHARDS)]);
    if free.is_empty() {
        refill(&mut free);
    }
    let slot = free.pop().expect("a refill brings slots or aborts for want of memory");
    drop(free);
    slot.clear();
    slot.since_ns.store(meta.at_ns, Relaxed);
    slot.id.store(meta.id, Relaxed);
    *slot.meta() = Some(meta);
    slot
}

/// Returns a slot whose task is gone.
pub(crate) fn release(slot: &'static Slot) {
    let mut free = lock(&FREE[shard(SHARDS)]);
    free.push(slot);
    if free.len() > FREE_MAX {
        let from = free.len() - BATCH;
        let surplus: Vec<_> = free.drain(from..).collect();
        drop(free);
        lock(&SPARE).extend(surplus);
    }
}

fn refill(free: &mut Vec<&'static Slot>) {
    let mut spare = lock(&SPARE);
    if spare.is_empty() {
        let next = MADE.load(Relaxed);
        let chunk = CHUNK[next].get_or_init(|| (0..FIRST << next).map(|_| Slot::default()).collect());
        MADE.store(next + 1, Relaxed);
        spare.extend(chunk.iter());
    }
    let from = spare.len().saturating_sub(BATCH);
    free.extend(spare.drain(from..));
}

/// Every slot there is, used or free.
pub(crate) fn slots() -> impl Iterator<Item = &'static Slot> {
    CHUNK.iter().map_while(OnceLock::get).flat_map(|chunk| chunk.iter())
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
