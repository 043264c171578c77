//! Up to which format level anything is written. Alone a server writes the newest; in a cluster, what an operator has let be written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Up to which format level anything is written. It only rises.
#[derive(Clone, Debug)]
pub(crate) struct FormatLevel(Arc<AtomicU32>);

impl FormatLevel {
    pub(crate) fn of(level: u32) -> Self {
        Self(Arc::new(level.into()))
    }
    /// From now on all up to this level is written.
    pub(crate) fn raise(&self, level: u32) {
        self.0.fetch_max(level, Ordering::Relaxed);
    }
    /// Whether what belongs to this level is written.
    pub(crate) fn has(&self, level: u32) -> bool {
        self.0.load(Ordering::Relaxed) >= level
    }
}
