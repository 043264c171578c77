//! What is due, on its way to whoever is free to send it. It grows without bound where nobody keeps up: the loop is open.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// First due, first sent.
#[derive(Debug)]
pub struct Queue<T> {
    due: Mutex<VecDeque<T>>,
    count: Semaphore,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { due: Mutex::default(), count: Semaphore::new(0) }
    }
}

impl<T> Queue<T> {
    /// Adds what is due now.
    pub fn push(&self, now: impl IntoIterator<Item = T>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let before = due.len();
        due.extend(now);
        self.count.add_permits(due.len() - before);
    }
    /// Nothing more will be due.
    pub fn close(&self) {
        self.count.close();
    }
    /// What has been due for longest. `None`: nothing is, and nothing will be.
    pub async fn next(&self) -> Option<T> {
        // One that is closed gives out nothing, though something may be due still.
        if let Ok(permit) = self.count.acquire().await {
            permit.forget();
        }
        self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
