//! An object pool that hands out only what its type has reset: no user sees what the last one left.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Can be cleared of its last user's data.
pub trait Reset {
    /// Removes every trace of the last user. Room may be kept.
    fn reset(&mut self);
}

impl<T> Reset for Vec<T> {
    fn reset(&mut self) {
        self.clear();
    }
}
impl Reset for String {
    fn reset(&mut self) {
        self.clear();
    }
}

/// Keeps objects that are dear to make. They are reset when they come back, so that an idle pool holds no user's data.
pub struct Pool<T: Reset> {
    free: Mutex<Vec<T>>,
    make: Box<dyn Fn() -> T + Send + Sync>,
    kept_max: usize,
}

impl<T: Reset> Pool<T> {
    /// An empty pool that keeps at most `kept_max` objects.
    pub fn new(kept_max: usize, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self { free: Mutex::default(), make: Box::new(make), kept_max }
    }
    /// An object as if new. It goes back when it is dropped.
    pub fn get(&self) -> Pooled<'_, T> {
        let free = self.free().pop();
        Pooled { object: Some(free.unwrap_or_else(&self.make)), pool: self }
    }
    /// Objects that wait to be used.
    pub fn kept(&self) -> usize {
        self.free().len()
    }
    fn free(&self) -> MutexGuard<'_, Vec<T>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An object on loan from a [`Pool`].
pub struct Pooled<'a, T: Reset> {
    /// Present until dropped.
    object: Option<T>,
    pool: &'a Pool<T>,
}

impl<T: Reset> Deref for Pooled<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.object.as_ref().expect("it is here until dropped")
    }
}
impl<T: Reset> DerefMut for Pooled<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.object.as_mut().expect("it is here until dropped")
    }
}
impl<T: Reset> Drop for Pooled<'_, T> {
    fn drop(&mut self) {
        // A user that panicked may have left it half-changed in ways that a reset does not know.
        let Some(mut object) = self.object.take().filter(|_| !std::thread::panicking()) else { return };
        object.reset();
        let mut free = self.pool.free();
        if free.len() < self.pool.kept_max {
            free.push(object);
        }
    }
}
