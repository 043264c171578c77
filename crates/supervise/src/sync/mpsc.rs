//! tokio's bounded channel, with a name and a record of who waits and who could end that.

use super::confined::{Confined, Guarded};
use super::primitive::{HandleGuard, Holder, Primitive, Side, Tracked, Wait};
use crate::leak::PrimitiveKind;
use crate::named::NamedExt as _;
use crate::point;
use crate::waiting::{Waiting, waiting_at};
use std::future::Future;
use std::panic::Location;
use tokio::sync::mpsc;
pub use tokio::sync::mpsc::error;

/// A channel for at most `capacity` values that wait. `name` is what its receiver waits for, and its senders for room.
#[track_caller]
pub fn channel<T>(name: &'static str, capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    let channel = Primitive::new(PrimitiveKind::Channel, name, Location::caller(), 1);
    let guard = channel.handle(Side::Takes, Holder::AtLarge);
    (Sender { sender, guard: channel.handle(Side::Gives, Holder::AtLarge) }, Receiver { receiver, guard })
}

/// Sends into a [`channel`].
pub struct Sender<T> {
    sender: mpsc::Sender<T>,
    guard: HandleGuard,
}

impl<T> Guarded for Sender<T> {
    fn guard(&self) -> &HandleGuard {
        &self.guard
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        let guard = self.guard.primitive().handle(Side::Gives, Holder::AtLarge);
        Self { sender: self.sender.clone(), guard }
    }
}

impl<T> Sender<T> {
    /// Waits until there is room, then sends. Errors: the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), error::SendError<T>>> {
        let wait = Wait::through(&self.guard, Side::Gives);
        let send = Tracked::new(wait, self.sender.send(value)).named(self.guard.primitive().name);
        async move {
            let sent = send.await;
            self.guard.primitive().gave();
            sent
        }
    }
    /// Sends if there is room. Errors: there is none, or the receiver is gone.
    pub fn try_send(&self, value: T) -> Result<(), error::TrySendError<T>> {
        let sent = self.sender.try_send(value);
        self.guard.primitive().gave();
        sent
    }
    /// [`Self::send`] for a thread that may block. Errors: the receiver is gone.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), error::SendError<T>> {
        let _at = waits_at(self.guard.primitive(), Location::caller());
        let sent = self.sender.blocking_send(value);
        self.guard.primitive().gave();
        sent
    }
    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        let guard = self.guard.primitive().handle(Side::Gives, Holder::AtLarge);
        WeakSender { sender: self.sender.downgrade(), guard }
    }
    /// Values that may still be sent without waiting.
    pub fn capacity(&self) -> usize {
        self.sender.capacity()
    }
    /// Values that may wait in all.
    pub fn max_capacity(&self) -> usize {
        self.sender.max_capacity()
    }
    /// Waits until the receiver is gone.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }
    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Becomes a [`Sender`] while there is another.
pub struct WeakSender<T> {
    sender: mpsc::WeakSender<T>,
    guard: HandleGuard,
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        let guard = self.guard.primitive().handle(Side::Gives, Holder::AtLarge);
        Self { sender: self.sender.clone(), guard }
    }
}

impl<T> WeakSender<T> {
    /// A sender; `None`: the channel is closed.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let sender = self.sender.upgrade()?;
        let guard = self.guard.primitive().handle(Side::Gives, Holder::AtLarge);
        Some(Sender { sender, guard })
    }
}

/// Receives from a [`channel`].
pub struct Receiver<T> {
    receiver: mpsc::Receiver<T>,
    guard: HandleGuard,
}

impl<T> Guarded for Receiver<T> {
    fn guard(&self) -> &HandleGuard {
        &self.guard
    }
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None`: every sender is gone and nothing is left.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        let channel = self.guard.primitive();
        Tracked::new(Wait::new(channel, Side::Takes), self.receiver.recv()).named(channel.name)
    }
    /// Waits for values and appends up to `limit` of them. Returns how many; 0: every sender is gone and nothing is left.
    #[track_caller]
    pub fn recv_many(&mut self, into: &mut Vec<T>, limit: usize) -> impl Future<Output = usize> {
        let channel = self.guard.primitive();
        Tracked::new(Wait::new(channel, Side::Takes), self.receiver.recv_many(into, limit))
            .named(channel.name)
    }
    /// The next value, if there is one. Errors: there is none, or all senders are gone as well.
    pub fn try_recv(&mut self) -> Result<T, error::TryRecvError> {
        self.receiver.try_recv()
    }
    /// [`Self::recv`] for a thread that may block.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        let channel = self.guard.primitive();
        // In this order, so that what is given after the look is counted after it too.
        let given = channel.given();
        if let Ok(value) = self.receiver.try_recv() {
            return Some(value);
        }
        let _at = waits_at(channel, Location::caller());
        let _wait = Wait::blocking(channel, given);
        self.receiver.blocking_recv()
    }
    /// [`Self::recv_many`] for a thread that may block.
    #[track_caller]
    pub fn blocking_recv_many(&mut self, into: &mut Vec<T>, limit: usize) -> usize {
        match self.blocking_recv() {
            None => 0,
            Some(first) => {
                into.push(first);
                let more = std::iter::from_fn(|| self.receiver.try_recv().ok());
                let before = into.len();
                into.extend(more.take(limit.saturating_sub(1)));
                into.len() - before + 1
            }
        }
    }
    /// Whether every sender is gone; values may still wait.
    pub fn is_closed(&self) -> bool {
        self.receiver.is_closed()
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

impl<T> Confined<'_, Receiver<T>> {
    /// As [`Receiver::recv`].
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        self.handle.recv()
    }
    /// As [`Receiver::recv_many`].
    #[track_caller]
    pub fn recv_many(&mut self, into: &mut Vec<T>, limit: usize) -> impl Future<Output = usize> {
        self.handle.recv_many(into, limit)
    }
    /// As [`Receiver::try_recv`]. Errors: as there.
    pub fn try_recv(&mut self) -> Result<T, error::TryRecvError> {
        self.handle.try_recv()
    }
    /// As [`Receiver::blocking_recv`].
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        self.handle.blocking_recv()
    }
    /// As [`Receiver::blocking_recv_many`].
    #[track_caller]
    pub fn blocking_recv_many(&mut self, into: &mut Vec<T>, limit: usize) -> usize {
        self.handle.blocking_recv_many(into, limit)
    }
}

fn waits_at(channel: &Primitive, location: &'static Location<'static>) -> Waiting {
    waiting_at(point::number(channel.name, location))
}
