//! Channels, locks and sleeps that say where their tasks wait, and channels that know who could wake whom.
//!
//! They are tokio's own with a name. A receiver is *stuck* when every task that could still send to it waits, in turn,
//! for it: nobody can ever wake it. Who holds a sender is known by use: the task that made, cloned or last used it, or
//! one that this task has spawned since. A sender that was given away in another way, such as through a channel, counts
//! as held by the task that used it last; one that no task ever touched counts as held by somebody unknown, and its
//! receiver is never called stuck.

use crate::clock;
use crate::named::NamedExt as _;
use crate::slab::Slot;
use crate::task;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot as once};

/// What a channel's ends share: who waits, and who could send.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) made: &'static Location<'static>,
    /// The task that waits to receive; 0: nobody.
    pub(crate) waiter: AtomicU64,
    pub(crate) since_ns: AtomicU64,
    hands: Lock<Vec<Arc<Hand>>>,
}

/// Who holds one sender: a task, or one that it has spawned since.
#[derive(Default)]
pub(crate) struct Hand {
    /// 0: no task is known.
    pub(crate) task: AtomicU64,
    /// Tasks spawned later have larger numbers.
    pub(crate) at: AtomicU64,
}

/// All channels; those that are gone are swept out while others are added.
static LINES: Lock<Vec<Weak<Line>>> = Lock::new(Vec::new());

fn lock<T>(mutex: &Lock<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every channel that somebody waits for since before `before_ns`.
pub(crate) fn waited_for(before_ns: u64) -> Vec<Arc<Line>> {
    let lines = lock(&LINES);
    let waited = |line: &Arc<Line>| line.waiter.load(Relaxed) != 0 && line.since_ns.load(Relaxed) < before_ns;
    lines.iter().filter_map(Weak::upgrade).filter(waited).collect()
}

impl Line {
    fn new(name: &'static str, made: &'static Location<'static>) -> Arc<Self> {
        let (waiter, since_ns) = (AtomicU64::new(0), AtomicU64::new(0));
        let line = Arc::new(Self { name, made, waiter, since_ns, hands: Lock::default() });
        let mut lines = lock(&LINES);
        // Swept when it has doubled, so that each channel pays a constant share.
        if lines.len() == lines.capacity() {
            lines.retain(|line| line.strong_count() > 0);
        }
        lines.push(Arc::downgrade(&line));
        line
    }
    pub(crate) fn hands(&self) -> Vec<Arc<Hand>> {
        lock(&self.hands).clone()
    }
    fn hand(self: &Arc<Self>) -> Held {
        let hand = Arc::new(Hand::default());
        lock(&self.hands).push(hand.clone());
        let held = Held { line: self.clone(), hand };
        held.touch();
        held
    }
    fn waits(&self) -> Waits<'_> {
        Waits { line: self, waiting: false }
    }
}

/// A sender's side of a line; dropped with the sender.
struct Held {
    line: Arc<Line>,
    hand: Arc<Hand>,
}

impl Held {
    /// The current task has it in its hands.
    fn touch(&self) {
        if let Some(slot) = task::current() {
            self.hand.task.store(slot.id.load(Relaxed), Relaxed);
            self.hand.at.store(task::last_id(), Relaxed);
        }
    }
}
impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.line.hands).retain(|hand| !Arc::ptr_eq(hand, &self.hand));
    }
}

/// Notes who waits for a line, until the wait is over or given up.
struct Waits<'a> {
    line: &'a Line,
    waiting: bool,
}

impl Waits<'_> {
    fn saw<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if polled.is_pending() && !self.waiting {
            self.waiting = true;
            self.line.since_ns.store(clock::coarse_ns(), Relaxed);
            let id = task::current().map_or(0, |slot| slot.id.load(Relaxed));
            self.line.waiter.store(id, Relaxed);
        }
        polled
    }
}
impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.waiting {
            self.line.waiter.store(0, Relaxed);
        }
    }
}

/// A bounded channel with a name.
#[track_caller]
pub fn channel<T>(name: &'static str, capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    let line = Line::new(name, Location::caller());
    (Sender { sender, held: line.hand() }, Receiver { receiver, line })
}

/// Sends into a [`channel`].
pub struct Sender<T> {
    sender: mpsc::Sender<T>,
    held: Held,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), held: self.held.line.hand() }
    }
}

impl<T: Send> Sender<T> {
    /// Waits until there is room, then sends. Errors: the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), mpsc::error::SendError<T>>> + Send {
        self.held.touch();
        other(self.sender.send(value)).named(self.held.line.name)
    }
    /// Sends if there is room. Errors: there is none, or the receiver is gone.
    pub fn try_send(&self, value: T) -> Result<(), mpsc::error::TrySendError<T>> {
        self.held.touch();
        self.sender.try_send(value)
    }
}

/// Receives from a [`channel`].
pub struct Receiver<T> {
    receiver: mpsc::Receiver<T>,
    line: Arc<Line>,
}

impl<T: Send> Receiver<T> {
    /// Waits for the next value; `None`: every sender is gone and nothing is left.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> + Send {
        let (receiver, line) = (&mut self.receiver, &*self.line);
        let mut waits = line.waits();
        poll_fn(move |cx| waits.saw(receiver.poll_recv(cx))).named(line.name)
    }
    /// How many values wait.
    pub fn len(&self) -> usize {
        self.receiver.len()
    }
    /// Whether no value waits.
    pub fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }
}

/// A channel for one value, with a name.
#[track_caller]
pub fn oneshot<T>(name: &'static str) -> (OnceSender<T>, OnceReceiver<T>) {
    let (sender, receiver) = once::channel();
    let line = Line::new(name, Location::caller());
    (OnceSender { sender, _held: line.hand() }, OnceReceiver { receiver, line })
}

/// Sends into a [`oneshot`].
pub struct OnceSender<T> {
    sender: once::Sender<T>,
    _held: Held,
}

impl<T> OnceSender<T> {
    /// Sends the value. Errors: the receiver is gone; the value comes back.
    pub fn send(self, value: T) -> Result<(), T> {
        self.sender.send(value)
    }
}

/// Receives from a [`oneshot`].
pub struct OnceReceiver<T> {
    receiver: once::Receiver<T>,
    line: Arc<Line>,
}

impl<T: Send> OnceReceiver<T> {
    /// Waits for the value. Errors: the sender is gone.
    #[track_caller]
    pub fn recv(self) -> impl Future<Output = Result<T, once::error::RecvError>> + Send {
        let name = self.line.name;
        let wait = async move {
            let Self { receiver, line } = self;
            let (mut receiver, mut waits) = (pin!(receiver), line.waits());
            poll_fn(|cx: &mut Context<'_>| waits.saw(receiver.as_mut().poll(cx))).await
        };
        wait.named(name)
    }
}

/// Counts as a wait that others than a channel's senders can end.
async fn other<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut waits = None;
    poll_fn(|cx| {
        let polled = future.as_mut().poll(cx);
        if polled.is_pending() && waits.is_none() {
            waits = task::current().map(Other::new);
        }
        polled
    })
    .await
}

/// One wait of a task for something else than a channel.
struct Other(&'static Slot, u64);

impl Other {
    fn new(slot: &'static Slot) -> Self {
        slot.other_waits.fetch_add(1, Relaxed);
        Self(slot, slot.id.load(Relaxed))
    }
}
impl Drop for Other {
    fn drop(&mut self) {
        if self.0.id.load(Relaxed) == self.1 {
            subtract(&self.0.other_waits);
        }
    }
}

fn subtract(count: &AtomicU32) {
    // A slot that was cleared meanwhile has no waits to take away.
    _ = count.fetch_update(Relaxed, Relaxed, |count| count.checked_sub(1));
}

/// Sleeps, by name.
#[track_caller]
pub fn sleep(name: &'static str, span: Duration) -> impl Future<Output = ()> + Send {
    other(tokio::time::sleep(span)).named(name)
}

/// tokio's mutex, with a name.
pub struct Mutex<T> {
    mutex: tokio::sync::Mutex<T>,
    name: &'static str,
}

impl<T: Send> Mutex<T> {
    /// A mutex that nobody holds.
    pub fn new(name: &'static str, value: T) -> Self {
        Self { mutex: tokio::sync::Mutex::new(value), name }
    }
    /// Waits until nobody else holds it. First come, first served.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = tokio::sync::MutexGuard<'_, T>> + Send {
        other(self.mutex.lock()).named(self.name)
    }
}

/// tokio's semaphore, with a name.
pub struct Semaphore {
    semaphore: tokio::sync::Semaphore,
    name: &'static str,
}

impl Semaphore {
    /// A semaphore with so many permits.
    pub fn new(name: &'static str, permits: usize) -> Self {
        Self { semaphore: tokio::sync::Semaphore::new(permits), name }
    }
    /// Waits for a permit. First come, first served.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = tokio::sync::SemaphorePermit<'_>> + Send {
        let permit = async { self.semaphore.acquire().await.expect("it is never closed") };
        other(permit).named(self.name)
    }
}
