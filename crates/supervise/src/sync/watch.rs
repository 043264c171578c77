//! tokio's watched value, with a name and a record of who waits and who could end that.

use super::confined::Guarded;
use super::primitive::{HandleGuard, Holder, Primitive, Side, Tracked, Wait};
use crate::leak::PrimitiveKind;
use crate::named::NamedExt as _;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use tokio::sync::watch;
pub use tokio::sync::watch::{Ref, error};

/// A value and those who watch it. `name` is what they wait for.
#[track_caller]
pub fn channel<T>(name: &'static str, first: T) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = watch::channel(first);
    let primitive = Primitive::new(PrimitiveKind::Watch, name, Location::caller(), 1);
    let guard = primitive.handle(Side::Gives, Holder::AtLarge);
    (Sender { sender, guard }, Receiver { receiver, primitive })
}

/// Changes the value of a [`channel`].
pub struct Sender<T> {
    sender: watch::Sender<T>,
    guard: HandleGuard,
}

impl<T> Guarded for Sender<T> {
    fn guard(&self) -> &HandleGuard {
        &self.guard
    }
}

impl<T> Sender<T> {
    /// Sets the value. Errors: nobody watches; the value comes back.
    pub fn send(&self, value: T) -> Result<(), error::SendError<T>> {
        self.sender.send(value)
    }
    /// Sets the value, whether anybody watches or not. Returns the one before.
    pub fn send_replace(&self, value: T) -> T {
        self.sender.send_replace(value)
    }
    /// Changes the value in place; those who watch are told if `modify` says so. Returns what it said.
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        self.sender.send_if_modified(modify)
    }
    /// The value now. While it is borrowed it cannot change.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.sender.borrow()
    }
    /// One more who watches.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver { receiver: self.sender.subscribe(), primitive: self.guard.primitive().clone() }
    }
}

/// Watches the value of a [`channel`].
pub struct Receiver<T> {
    receiver: watch::Receiver<T>,
    primitive: Arc<Primitive>,
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { receiver: self.receiver.clone(), primitive: self.primitive.clone() }
    }
}

impl<T> Receiver<T> {
    /// The value now. While it is borrowed it cannot change.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.receiver.borrow()
    }
    /// The value now, which then counts as seen.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.receiver.borrow_and_update()
    }
    /// Whether there is a value that was not seen. Errors: the sender is gone.
    pub fn has_changed(&self) -> Result<bool, error::RecvError> {
        self.receiver.has_changed()
    }
    /// Waits for a value that was not seen. Errors: the sender is gone.
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), error::RecvError>> {
        let wait = Wait::new(&self.primitive, Side::Takes);
        Tracked::new(wait, self.receiver.changed()).named(self.primitive.name)
    }
    /// Waits for a value that fits. Errors: the sender is gone.
    #[track_caller]
    pub fn wait_for(
        &mut self,
        fits: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Ref<'_, T>, error::RecvError>> {
        let wait = Wait::new(&self.primitive, Side::Takes);
        Tracked::new(wait, self.receiver.wait_for(fits)).named(self.primitive.name)
    }
}
