//! Who could still wake a task: the probe.
//!
//! A task runs only when a clone of its waker is used. A task that has been idle for a while is polled once more than it
//! asked for, with a waker of ours whose clones are counted. Of all wakers that a future was ever given, only that of its
//! latest poll has to be kept ([`Future::poll`]: "only the `Waker` from the `Context` passed to the most recent call to
//! `poll` should be scheduled to receive a wakeup"), so the clones of that one are all that can wake it. No clone at all: nobody can.
//! As many as it waits at primitives of [`sync`](crate::sync): it waits for those and for nothing else, no timer beside them, no socket.
//!
//! A future may be polled at any time, so the probe changes nothing. It costs one poll for each time that a task is idle for
//! long, and 32 bytes from then on.

use crate::live::{Probe, Slot, TaskMeta};
use std::sync::Arc;
use std::sync::atomic::{Ordering::Acquire, Ordering::Relaxed, Ordering::SeqCst, fence};
use std::task::Waker;

/// Asks for a probe: the waker that makes the task be polled. `None`: it has not been polled yet, or blocks a thread.
pub(crate) fn request(slot: &'static Slot, meta: &TaskMeta) -> Option<Waker> {
    let waker = meta.waker.clone()?;
    slot.probing.store(true, SeqCst);
    Some(waker)
}

/// The waker for a poll that is a probe.
#[cold]
pub(crate) fn begin(slot: &'static Slot) -> Waker {
    let probe = Arc::new(Probe(slot));
    slot.probing.store(false, SeqCst);
    slot.woken.store(false, SeqCst);
    if let Some(meta) = slot.meta().as_mut() {
        meta.probe = Some(probe.clone());
    }
    Waker::from(probe)
}

/// How many clones of its waker could wake a task that was probed and has not been woken or polled since.
pub(crate) fn clones(slot: &Slot, meta: &TaskMeta) -> Option<usize> {
    // One of the references is the row's own.
    let clones = Arc::strong_count(meta.probe.as_ref()?) - 1;
    // What was done with a clone before it was dropped is seen with its drop.
    fence(Acquire);
    let valid = !slot.woken.load(SeqCst) && !slot.is_active() && slot.polls.load(Relaxed) > 0;
    valid.then_some(clones)
}
