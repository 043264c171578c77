//! Where every task of the process has its row: chunks of slots that never move and are used again, so that a task finds
//! its slot without a lock and a reader walks over all of them without stopping a task. Memory is that of the most tasks
//! that ever lived at once.

use crate::live::{Slot, TaskMeta};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

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
