//! The task that this thread polls, and the numbers of tasks.

use crate::live::Slot;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A task's number: never used again in this process.
pub type TaskId = u64;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

pub(crate) fn next_id() -> TaskId {
    NEXT_ID.fetch_add(1, Relaxed)
}

/// The number that was given last: tasks spawned from now on have larger ones.
pub(crate) fn last_id() -> TaskId {
    NEXT_ID.load(Relaxed) - 1
}

thread_local! {
    /// The row of the task that this thread polls.
    static CURRENT: Cell<Option<&'static Slot>> = const { Cell::new(None) };
}

/// The row of the task that is being polled.
#[inline]
pub(crate) fn slot() -> Option<&'static Slot> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// Says that the current task waits at a point since a time. Returns where it was.
#[inline]
pub(crate) fn move_to(point: u32, since_ns: u64) -> (u32, u64) {
    let Some(slot) = slot() else { return (0, 0) };
    // Only the thread that polls a task writes these.
    let before = (slot.point.load(Relaxed), slot.point_since_ns.load(Relaxed));
    slot.point.store(point, Relaxed);
    slot.point_since_ns.store(since_ns, Relaxed);
    before
}

/// Moves the current task from `point` to another; does nothing if it is elsewhere by now.
pub(crate) fn move_back(point: u32, to: u32, since_ns: u64) {
    if slot().is_some_and(|slot| slot.point.load(Relaxed) == point) {
        move_to(to, since_ns);
    }
}

/// Makes a task the current one until dropped, also by a panic.
pub(crate) struct Entered(Option<&'static Slot>);

impl Entered {
    #[inline]
    pub(crate) fn new(slot: &'static Slot) -> Self {
        Self(CURRENT.try_with(|current| current.replace(Some(slot))).unwrap_or(None))
    }
}
impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        // A thread without its cells is ending and polls nothing.
        _ = CURRENT.try_with(|current| current.set(self.0));
    }
}
