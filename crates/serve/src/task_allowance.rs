//! How many tasks a server may need: each reason for a task holds a grant while it lasts, and the load shedder expects as many
//! tasks as there are grants. They are counted apart from the tasks, so that a task that outlives its reason is not its own reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of grants of a server. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskAllowance(Arc<AtomicU64>);

/// A reason for one task; returned when dropped.
#[derive(Debug)]
pub(crate) struct Grant(TaskAllowance);

impl TaskAllowance {
    /// Allows one task more.
    pub(crate) fn grant(&self) -> Grant {
        self.0.fetch_add(1, Relaxed);
        Grant(self.clone())
    }
    /// Grants that are held now.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}
