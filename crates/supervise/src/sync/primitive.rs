//! What every primitive of `sync` records: which tasks wait at it, and who holds the handles that could end their waits.
//!
//! A handle is *confined* to a task when it cannot leave it: a guard by its lifetime, others by
//! [`ThisTask`](super::ThisTask), or while a wait borrows one that lies within the waiting task's own future. All other
//! handles are *at large*: a table, another task, a thread, a message may hold them, so they count as held by someone who runs.

use crate::current::{self, TaskId};
use crate::leak::PrimitiveKind;
use crate::live::Slot;
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

/// The two ends of a primitive: a wait at one is ended through a handle of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Senders, notifiers, guards, permits; they wait for room.
    Gives,
    /// Receivers; they wait for what is given.
    Takes,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Gives => Self::Takes,
            Self::Takes => Self::Gives,
        }
    }
}

/// Who holds a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Someone who may run.
    AtLarge,
    /// This task, which it cannot leave.
    Task(TaskId),
    /// No one, and it will not come back.
    Forgotten,
}

#[derive(Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) side: Side,
    confined: Holder,
    /// The task whose wait borrows it, where it lies within that task's future.
    lent_to: Option<TaskId>,
}

impl Handle {
    pub(crate) fn holder(&self) -> Holder {
        match (self.confined, self.lent_to) {
            (Holder::AtLarge, Some(task)) => Holder::Task(task),
            (confined, _) => confined,
        }
    }
}

/// A task that waits at a primitive.
#[derive(Clone, Copy)]
pub(crate) struct Waiter {
    pub(crate) task: TaskId,
    pub(crate) side: Side,
    /// Of a blocking function: what had been given when it found nothing. More by now, and it is about to run.
    pub(crate) given: Option<u64>,
}

/// Rows with numbers that are used again.
struct Rows<T> {
    rows: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new() }
    }
}

impl<T: Copy> Rows<T> {
    fn add(&mut self, row: T) -> u32 {
        let key = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.rows.len() as u32 - 1
        });
        self.rows[key as usize] = Some(row);
        key
    }
    fn remove(&mut self, key: u32) {
        self.rows[key as usize] = None;
        self.free.push(key);
    }
    fn all(&self) -> Vec<T> {
        self.rows.iter().flatten().copied().collect()
    }
}

#[derive(Default)]
struct Parties {
    handles: Rows<Handle>,
    waiters: Rows<Waiter>,
}

impl Parties {
    /// Whether someone who may run holds a handle of this side.
    fn at_large(&self, side: Side) -> bool {
        let mut mine = self.handles.rows.iter().flatten().filter(|handle| handle.side == side);
        mine.any(|handle| handle.holder() == Holder::AtLarge)
    }
}

/// A primitive, as its handles share it.
pub(crate) struct Primitive {
    pub(crate) kind: PrimitiveKind,
    pub(crate) name: &'static str,
    pub(crate) made: &'static Location<'static>,
    /// Handles that must be out before a wait for one of them makes sense: of a semaphore, its permits.
    pub(crate) handles_needed: usize,
    given: AtomicU64,
    parties: Mutex<Parties>,
}

/// Lists of all primitives. Threads that make some take turns at them.
const SHARDS: usize = 16;
static ALL: [Mutex<Vec<Weak<Primitive>>>; SHARDS] = [const { Mutex::new(Vec::new()) }; SHARDS];

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A primitive at which tasks wait, at one moment.
pub(crate) struct Waited {
    pub(crate) primitive: Arc<Primitive>,
    pub(crate) waiters: Vec<Waiter>,
    pub(crate) handles: Vec<Handle>,
}

/// Every primitive at which a task waits that cannot be woken by a handle at large.
pub(crate) fn waited() -> Vec<Waited> {
    let mut found = Vec::new();
    for shard in &ALL {
        // Copied, so that whoever makes a primitive waits for no more than that.
        let listed = lock(shard).clone();
        found.extend(listed.iter().filter_map(Weak::upgrade).filter_map(Waited::of));
    }
    found
}

impl Waited {
    fn of(primitive: Arc<Primitive>) -> Option<Self> {
        let parties = lock(&primitive.parties);
        if !parties.waiters.rows.iter().flatten().any(|waiter| !parties.at_large(waiter.side.other())) {
            return None;
        }
        let (waiters, handles) = (parties.waiters.all(), parties.handles.all());
        drop(parties);
        Some(Self { primitive, waiters, handles })
    }
}

impl Primitive {
    pub(crate) fn new(
        kind: PrimitiveKind,
        name: &'static str,
        made: &'static Location<'static>,
        handles_needed: usize,
    ) -> Arc<Self> {
        let (given, parties) = (AtomicU64::new(0), Mutex::default());
        let primitive = Arc::new(Self { kind, name, made, handles_needed, given, parties });
        let mut all = lock(&ALL[crate::slab::shard(SHARDS)]);
        // Cleaned when it has doubled, so that each primitive pays a constant share.
        if all.len() == all.capacity() {
            all.retain(|primitive| primitive.strong_count() > 0);
            let length = all.len();
            all.reserve(length.max(16));
        }
        all.push(Arc::downgrade(&primitive));
        primitive
    }
    /// Counts what was given, for blocking functions that wait for it.
    pub(super) fn gave(&self) {
        self.given.fetch_add(1, AcqRel);
    }
    pub(crate) fn given(&self) -> u64 {
        self.given.load(Acquire)
    }
    pub(super) fn handle(self: &Arc<Self>, side: Side, holder: Holder) -> HandleGuard {
        let key = lock(&self.parties).handles.add(Handle { side, confined: holder, lent_to: None });
        HandleGuard { primitive: self.clone(), key, forgotten: false }
    }
    fn set(&self, key: u32, set: impl FnOnce(&mut Handle)) {
        if let Some(handle) = lock(&self.parties).handles.rows[key as usize].as_mut() {
            set(handle);
        }
    }
}

/// The record of one handle; dropped with it. Public for the sealed trait that names it, and exported nowhere.
pub struct HandleGuard {
    primitive: Arc<Primitive>,
    key: u32,
    forgotten: bool,
}

impl HandleGuard {
    pub(super) fn primitive(&self) -> &Arc<Primitive> {
        &self.primitive
    }
    pub(super) fn is_held_by(&self, holder: Holder) {
        self.primitive.set(self.key, |handle| handle.confined = holder);
    }
    /// The handle goes, and what it stood for never comes back: its record stays.
    pub(super) fn forget(mut self) {
        self.is_held_by(Holder::Forgotten);
        self.forgotten = true;
    }
}
impl Drop for HandleGuard {
    fn drop(&mut self) {
        if !self.forgotten {
            lock(&self.primitive.parties).handles.remove(self.key);
        }
    }
}

/// The task that is polled, as the holder of a guard that cannot leave it.
pub(super) fn this_task() -> Holder {
    current::id().map_or(Holder::AtLarge, Holder::Task)
}

/// A wait at a primitive: recorded while it is pending, until it is over or given up.
pub(super) struct Wait<'a> {
    primitive: Arc<Primitive>,
    side: Side,
    /// The handle that the wait borrows.
    lender: Option<&'a HandleGuard>,
    recorded: Option<Recorded>,
}

struct Recorded {
    slot: &'static Slot,
    task: TaskId,
    key: u32,
    lent: bool,
}

impl<'a> Wait<'a> {
    pub(super) fn new(primitive: &Arc<Primitive>, side: Side) -> Self {
        Self { primitive: primitive.clone(), side, lender: None, recorded: None }
    }
    pub(super) fn through(handle: &'a HandleGuard, side: Side) -> Self {
        Self { primitive: handle.primitive().clone(), side, lender: Some(handle), recorded: None }
    }
    /// Of a blocking function, which found nothing after so much had been given.
    pub(super) fn blocking(primitive: &Arc<Primitive>, given: u64) -> Self {
        let mut wait = Self::new(primitive, Side::Takes);
        wait.begin(Some(given));
        wait
    }
    fn begin(&mut self, given: Option<u64>) {
        let task = current::id();
        if self.recorded.as_ref().map(|recorded| recorded.task) == task {
            return;
        }
        // A future may be handed from task to task.
        self.end();
        let (Some(slot), Some(task)) = (current::slot(), task) else { return };
        let key = lock(&self.primitive.parties).waiters.add(Waiter { task, side: self.side, given });
        slot.begin_wait();
        let lent = self.lender.is_some_and(current::contains);
        if let Some(lender) = self.lender.filter(|_| lent) {
            self.primitive.set(lender.key, |handle| handle.lent_to = Some(task));
        }
        self.recorded = Some(Recorded { slot, task, key, lent });
    }
    fn end(&mut self) {
        let Some(Recorded { slot, task, key, lent }) = self.recorded.take() else { return };
        if let Some(lender) = self.lender.filter(|_| lent) {
            self.primitive.set(lender.key, |handle| handle.lent_to = None);
        }
        lock(&self.primitive.parties).waiters.remove(key);
        if slot.id.load(Relaxed) == task {
            slot.end_wait();
        }
    }
}
impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

pin_project! {
    /// A future of tokio's whose pending is recorded as a wait at a primitive.
    pub(super) struct Tracked<'a, F> {
        #[pin]
        future: F,
        wait: Wait<'a>,
    }
}

impl<'a, F> Tracked<'a, F> {
    pub(super) fn new(wait: Wait<'a>, future: F) -> Self {
        Self { future, wait }
    }
}

impl<F: Future> Future for Tracked<'_, F> {
    type Output = F::Output;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        match polled {
            Poll::Pending => this.wait.begin(None),
            Poll::Ready(_) => this.wait.end(),
        }
        polled
    }
}
