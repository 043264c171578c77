//! tokio's notification, with a name and a record of who waits and who could end that.

use super::confined::Guarded;
use super::primitive::{HandleGuard, Holder, Primitive, Side, Tracked, Wait};
use crate::leak::PrimitiveKind;
use crate::named::NamedExt as _;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

/// Wakes tasks that wait for it. It is shared by cloning, so that each that could wake them is known.
pub struct Notify {
    notify: Arc<tokio::sync::Notify>,
    guard: HandleGuard,
}

impl Guarded for Notify {
    fn guard(&self) -> &HandleGuard {
        &self.guard
    }
}

impl Clone for Notify {
    fn clone(&self) -> Self {
        let guard = self.guard.primitive().handle(Side::Gives, Holder::AtLarge);
        Self { notify: self.notify.clone(), guard }
    }
}

impl Notify {
    /// A notification that has not come. `name` is what tasks wait for.
    #[track_caller]
    pub fn new(name: &'static str) -> Self {
        let primitive = Primitive::new(PrimitiveKind::Notify, name, Location::caller(), 1);
        Self { notify: Arc::default(), guard: primitive.handle(Side::Gives, Holder::AtLarge) }
    }
    /// Wakes one task that waits, or the next that will.
    pub fn notify_one(&self) {
        self.notify.notify_one();
    }
    /// Wakes every task that waits now, and none that will.
    pub fn notify_waiters(&self) {
        self.notify.notify_waiters();
    }
    /// Waits to be notified.
    #[track_caller]
    pub fn notified(&self) -> impl Future<Output = ()> {
        let wait = Wait::through(&self.guard, Side::Takes);
        Tracked::new(wait, self.notify.notified()).named(self.guard.primitive().name)
    }
}
