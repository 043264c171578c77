//! Reasons for tasks: whoever has a right to one holds a claim as long as it does. The breaker expects as many tasks as there
//! are claims. They are counted apart from the tasks, so that a task that outlives its reason is not its own reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// All claims of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(Arc<AtomicU64>);

/// A claim, given up when dropped.
#[derive(Debug)]
pub(crate) struct Claim(Claims);

impl Claims {
    /// One more.
    pub(crate) fn claim(&self) -> Claim {
        self.0.fetch_add(1, Relaxed);
        Claim(self.clone())
    }
    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}
