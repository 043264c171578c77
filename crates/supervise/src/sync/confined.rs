//! Handles that cannot leave a task, so that it is known who holds them.
//!
//! Rust's own lifetimes are the proof: what borrows a [`ThisTask`] of the task's own can be moved into no other task, no table
//! and no static, since all of these ask for `'static`.

use super::primitive::{HandleGuard, Holder, this_task};
use std::marker::PhantomData;
use std::ops::Deref;

/// The task that made it, as a place where handles are kept.
///
/// ```
/// # use paceline_supervise::sync::{ThisTask, mpsc};
/// # async fn collect() {
/// let this = ThisTask::new();
/// let (readings, all) = mpsc::channel::<u32>("readings", 8);
/// let (readings, mut all) = (this.confine(readings), this.confine(all));
/// while let Some(reading) = all.recv().await { /* … */ }   // never ends: `readings` is here. That is proved and named.
/// # }
/// ```
///
/// What is confined does not leave the task:
///
/// ```compile_fail
/// # use paceline_supervise::{Spawner, Until, sync::{ThisTask, mpsc}};
/// # fn give(spawner: &Spawner) {
/// let this = ThisTask::new();
/// let (readings, _all) = mpsc::channel::<u32>("readings", 8);
/// let readings = this.confine(readings);
/// spawner.spawn("sensor", Until::Owner, async move { _ = readings.send(1).await });
/// # }
/// ```
#[derive(Debug)]
pub struct ThisTask {
    holder: Holder,
}

impl ThisTask {
    /// The task that is polled now. Outside of tasks nothing is known of who holds what is kept here.
    #[expect(
        clippy::new_without_default,
        reason = "it is of the place where it is made, not a value of its own"
    )]
    pub fn new() -> Self {
        Self { holder: this_task() }
    }
    /// Keeps a handle within this task. In any other task nothing is known of it.
    pub fn confine<H: Handle>(&self, handle: H) -> Confined<'_, H> {
        let holder = if this_task() == self.holder { self.holder } else { Holder::AtLarge };
        handle.guard().is_held_by(holder);
        Confined { handle, holder, _task: PhantomData }
    }
}

mod sealed {
    use super::HandleGuard;

    /// Has a record of who holds it.
    pub trait Guarded {
        fn guard(&self) -> &HandleGuard;
    }
}
pub(super) use sealed::Guarded;

/// A handle of a primitive, of which it is recorded who holds it.
pub trait Handle: Guarded {}
impl<H: Guarded> Handle for H {}

/// A handle that cannot leave its task.
pub struct Confined<'task, H: Handle> {
    pub(super) handle: H,
    holder: Holder,
    _task: PhantomData<&'task ThisTask>,
}

impl<H: Handle> Confined<'_, H> {
    /// The handle, free to go: from now on anyone may hold it.
    pub fn release(self) -> H {
        self.handle.guard().is_held_by(Holder::AtLarge);
        self.handle
    }
}

// Not mutably: a handle could be swapped out.
impl<H: Handle> Deref for Confined<'_, H> {
    type Target = H;
    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H: Handle + Clone> Clone for Confined<'_, H> {
    fn clone(&self) -> Self {
        let handle = self.handle.clone();
        handle.guard().is_held_by(self.holder);
        Self { handle, holder: self.holder, _task: PhantomData }
    }
}
