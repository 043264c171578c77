//! The task that this thread polls, and the numbers of tasks.

use crate::live::Slot;
use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A task's number: never used again in this process.
pub type TaskId = u64;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

pub(crate) fn next_id() -> TaskId {
    NEXT_ID.fetch_add(1, Relaxed)
}

/// The task that a thread polls.
#[derive(Clone, Copy)]
struct Current {
    slot: Option<&'static Slot>,
    /// The addresses that its future takes up: pinned there until the task has ended.
    from: usize,
    to: usize,
}

const NONE: Current = Current { slot: None, from: 0, to: 0 };

thread_local! {
    static CURRENT: Cell<Current> = const { Cell::new(NONE) };
}

fn current() -> Current {
    CURRENT.try_with(Cell::get).unwrap_or(NONE)
}

/// The row of the task that is being polled.
#[inline]
pub(crate) fn slot() -> Option<&'static Slot> {
    current().slot
}

/// The number of the task that is being polled.
pub(crate) fn id() -> Option<TaskId> {
    slot().map(|slot| slot.id.load(Relaxed))
}

/// Whether a value lies within the future that is being polled, so that no other task can reach it.
pub(crate) fn contains<T>(value: &T) -> bool {
    let (current, at) = (current(), std::ptr::from_ref(value).addr());
    (current.from..current.to).contains(&at)
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
pub(crate) struct Entered(Current);

impl Entered {
    /// `addresses`: those of the task's future; none of a blocking function, whose values lie on a stack.
    #[inline]
    pub(crate) fn new(slot: &'static Slot, addresses: Range<usize>) -> Self {
        let entered = Current { slot: Some(slot), from: addresses.start, to: addresses.end };
        Self(CURRENT.try_with(|current| current.replace(entered)).unwrap_or(NONE))
    }
}
impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        // A thread without its cells is ending and polls nothing.
        _ = CURRENT.try_with(|current| current.set(self.0));
    }
}
