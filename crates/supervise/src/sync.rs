//! Channels, locks and sleeps that say where their tasks wait, and channels that know which task could wake which.
//!
//! They are tokio's own with a name. A receiver is *stuck* when every task that could still send to it waits, in turn,
//! for it: it can never be woken. Which task holds a sender is known by use: the task that made, cloned or last used it, or
//! one that this task has spawned since. A sender that was given away in another way, such as through a channel, counts
//! as held by the task that used it last; one that no task ever touched counts as held by an unknown task, and its
//! receiver is never called stuck.

use crate::clock;
use crate::current;
use crate::live::Slot;
use crate::named::NamedExt as _;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot as once};

/// What a channel's ends share: the task that waits, and the tasks that could send.
pub(crate) struct ChannelInfo {
    pub(crate) name: &'static str,
    pub(crate) made: &'static Location<'static>,
    /// The task that waits to receive; 0: none.
    pub(crate) waiter: AtomicU64,
    pub(crate) since_ns: AtomicU64,
    senders: Lock<Vec<Arc<SenderInfo>>>,
}

/// The holder of one sender: a task, or one that it has spawned since.
#[derive(Default)]
pub(crate) struct SenderInfo {
    /// 0: no task is known.
    pub(crate) task: AtomicU64,
    /// Tasks spawned later have larger numbers.
    pub(crate) at: AtomicU64,
}

/// All channels; those that are gone are removed while others are added.
static CHANNELS: Lock<Vec<Weak<ChannelInfo>>> = Lock::new(Vec::new());

fn lock<T>(mutex: &Lock<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every channel that a task has waited for since before `before_ns`.
pub(crate) fn waited_for(before_ns: u64) -> Vec<Arc<ChannelInfo>> {
    let channels = lock(&CHANNELS);
    let waited = |channel: &Arc<ChannelInfo>| {
        channel.waiter.load(Relaxed) != 0 && channel.since_ns.load(Relaxed) < before_ns
    };
    channels.iter().filter_map(Weak::upgrade).filter(waited).collect()
}

impl ChannelInfo {
    fn new(name: &'static str, made: &'static Location<'static>) -> Arc<Self> {
        let (waiter, since_ns) = (AtomicU64::new(0), AtomicU64::new(0));
        let channel = Arc::new(Self { name, made, waiter, since_ns, senders: Lock::default() });
        let mut channels = lock(&CHANNELS);
        // Cleaned when it has doubled, so that each channel pays a constant share.
        if channels.len() == channels.capacity() {
            channels.retain(|channel| channel.strong_count() > 0);
        }
        channels.push(Arc::downgrade(&channel));
        channel
    }
    pub(crate) fn senders(&self) -> Vec<Arc<SenderInfo>> {
        lock(&self.senders).clone()
    }
    fn add_sender(self: &Arc<Self>) -> SenderGuard {
        let info = Arc::new(SenderInfo::default());
        lock(&self.senders).push(info.clone());
        let guard = SenderGuard { channel: self.clone(), info };
        guard.touch();
        guard
    }
    fn waits(&self) -> Waits<'_> {
        Waits { channel: self, waiting: false }
    }
}

/// A sender's side of a channel; dropped with the sender.
struct SenderGuard {
    channel: Arc<ChannelInfo>,
    info: Arc<SenderInfo>,
}

impl SenderGuard {
    /// Records the current task as the holder.
    fn touch(&self) {
        if let Some(slot) = current::slot() {
            self.info.task.store(slot.id.load(Relaxed), Relaxed);
            self.info.at.store(current::last_id(), Relaxed);
        }
    }
}
impl Drop for SenderGuard {
    fn drop(&mut self) {
        lock(&self.channel.senders).retain(|info| !Arc::ptr_eq(info, &self.info));
    }
}

/// Records the task that waits for a channel, until the wait is over or given up.
struct Waits<'a> {
    channel: &'a ChannelInfo,
    waiting: bool,
}

impl Waits<'_> {
    fn record<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if polled.is_pending() && !self.waiting {
            self.waiting = true;
            self.channel.since_ns.store(clock::coarse_ns(), Relaxed);
            let id = current::slot().map_or(0, |slot| slot.id.load(Relaxed));
            self.channel.waiter.store(id, Relaxed);
        }
        polled
    }
}
impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.waiting {
            self.channel.waiter.store(0, Relaxed);
        }
    }
}

/// A bounded channel with a name.
#[track_caller]
pub fn channel<T>(name: &'static str, capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    let channel = ChannelInfo::new(name, Location::caller());
    (Sender { sender, guard: channel.add_sender() }, Receiver { receiver, channel })
}

/// Sends into a [`channel`].
pub struct Sender<T> {
    sender: mpsc::Sender<T>,
    guard: SenderGuard,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), guard: self.guard.channel.add_sender() }
    }
}

impl<T: Send> Sender<T> {
    /// Waits until there is room, then sends. Errors: the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), mpsc::error::SendError<T>>> + Send {
        self.guard.touch();
        other(self.sender.send(value)).named(self.guard.channel.name)
    }
    /// Sends if there is room. Errors: there is none, or the receiver is gone.
    pub fn try_send(&self, value: T) -> Result<(), mpsc::error::TrySendError<T>> {
        self.guard.touch();
        self.sender.try_send(value)
    }
}

/// Receives from a [`channel`].
pub struct Receiver<T> {
    receiver: mpsc::Receiver<T>,
    channel: Arc<ChannelInfo>,
}

impl<T: Send> Receiver<T> {
    /// Waits for the next value; `None`: every sender is gone and nothing is left.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> + Send {
        let (receiver, channel) = (&mut self.receiver, &*self.channel);
        let mut waits = channel.waits();
        poll_fn(move |cx| waits.record(receiver.poll_recv(cx))).named(channel.name)
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
    let channel = ChannelInfo::new(name, Location::caller());
    (OnceSender { sender, _guard: channel.add_sender() }, OnceReceiver { receiver, channel })
}

/// Sends into a [`oneshot`].
pub struct OnceSender<T> {
    sender: once::Sender<T>,
    _guard: SenderGuard,
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
    channel: Arc<ChannelInfo>,
}

impl<T: Send> OnceReceiver<T> {
    /// Waits for the value. Errors: the sender is gone.
    #[track_caller]
    pub fn recv(self) -> impl Future<Output = Result<T, once::error::RecvError>> + Send {
        let name = self.channel.name;
        let wait = async move {
            let Self { receiver, channel } = self;
            let (mut receiver, mut waits) = (pin!(receiver), channel.waits());
            poll_fn(|cx: &mut Context<'_>| waits.record(receiver.as_mut().poll(cx))).await
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
            waits = current::slot().map(Other::new);
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
    /// A mutex that no task holds.
    pub fn new(name: &'static str, value: T) -> Self {
        Self { mutex: tokio::sync::Mutex::new(value), name }
    }
    /// Waits until no other task holds it. First come, first served.
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
