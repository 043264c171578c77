//! tokio's channel for one value, with a name and a record of who waits and who could end that.

use super::confined::Guarded;
use super::primitive::{HandleGuard, Holder, Primitive, Side, Tracked, Wait};
use crate::leak::PrimitiveKind;
use crate::named::NamedExt as _;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use tokio::sync::oneshot;
pub use tokio::sync::oneshot::error;

/// A channel for one value. `name` is what its receiver waits for.
#[track_caller]
pub fn channel<T>(name: &'static str) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    let channel = Primitive::new(PrimitiveKind::Oneshot, name, Location::caller(), 1);
    (Sender { sender, guard: channel.handle(Side::Gives, Holder::AtLarge) }, Receiver { receiver, channel })
}

/// Sends into a [`channel`].
pub struct Sender<T> {
    sender: oneshot::Sender<T>,
    guard: HandleGuard,
}

impl<T> Guarded for Sender<T> {
    fn guard(&self) -> &HandleGuard {
        &self.guard
    }
}

impl<T> Sender<T> {
    /// Sends the value. Errors: the receiver is gone; the value comes back.
    pub fn send(self, value: T) -> Result<(), T> {
        self.sender.send(value)
    }
    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Receives from a [`channel`].
pub struct Receiver<T> {
    receiver: oneshot::Receiver<T>,
    channel: Arc<Primitive>,
}

impl<T> Receiver<T> {
    /// Waits for the value. Errors: the sender is gone.
    #[track_caller]
    pub fn recv(self) -> impl Future<Output = Result<T, error::RecvError>> {
        Tracked::new(Wait::new(&self.channel, Side::Takes), self.receiver).named(self.channel.name)
    }
}
