//! tokio's mutex and semaphore, with names. Their guards borrow them, so the task that took one holds it until it is dropped.

use super::primitive::{HandleGuard, Primitive, Side, Tracked, Wait, this_task};
use crate::leak::PrimitiveKind;
use crate::named::NamedExt as _;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

/// A lock that may be held while its task waits.
pub struct Mutex<T> {
    mutex: tokio::sync::Mutex<T>,
    primitive: Arc<Primitive>,
}

impl<T> Mutex<T> {
    /// A mutex that no task holds. `name` is what tasks wait for.
    #[track_caller]
    pub fn new(name: &'static str, value: T) -> Self {
        let primitive = Primitive::new(PrimitiveKind::Mutex, name, Location::caller(), 1);
        Self { mutex: tokio::sync::Mutex::new(value), primitive }
    }
    /// Waits until no other task holds it. First come, first served.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        let lock = Tracked::new(Wait::new(&self.primitive, Side::Takes), self.mutex.lock());
        async move { self.held(lock.await) }.named(self.primitive.name)
    }
    /// Takes it unless it is held. Errors: it is.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, tokio::sync::TryLockError> {
        self.mutex.try_lock().map(|guard| self.held(guard))
    }
    fn held<'a>(&self, guard: tokio::sync::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard { guard, _held: self.primitive.handle(Side::Gives, this_task()) }
    }
}

/// Holds a [`Mutex`] until it is dropped.
pub struct MutexGuard<'a, T> {
    guard: tokio::sync::MutexGuard<'a, T>,
    _held: HandleGuard,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.guard
    }
}
impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// So many permits, which come back when they are dropped. None are ever added.
pub struct Semaphore {
    semaphore: tokio::sync::Semaphore,
    primitive: Arc<Primitive>,
}

impl Semaphore {
    /// A semaphore with so many permits. `name` is what tasks wait for.
    #[track_caller]
    pub fn new(name: &'static str, permits: usize) -> Self {
        let primitive = Primitive::new(PrimitiveKind::Semaphore, name, Location::caller(), permits);
        Self { semaphore: tokio::sync::Semaphore::new(permits), primitive }
    }
    /// Waits for a permit. First come, first served.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Permit<'_>> {
        let acquire = Tracked::new(Wait::new(&self.primitive, Side::Takes), self.semaphore.acquire());
        let permit = async move {
            let permit = acquire.await.expect("it is never closed");
            Permit { permit, held: self.primitive.handle(Side::Gives, this_task()) }
        };
        permit.named(self.primitive.name)
    }
}

/// A permit of a [`Semaphore`], until it is dropped.
pub struct Permit<'a> {
    permit: tokio::sync::SemaphorePermit<'a>,
    held: HandleGuard,
}

impl Permit<'_> {
    /// Drops the permit without giving it back: from now on there is one less.
    pub fn forget(self) {
        self.permit.forget();
        self.held.forget();
    }
}
