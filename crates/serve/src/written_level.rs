//! Up to which format level anything is written. Alone a server writes the newest; in a cluster, what an operator has let be written.

use paceline_model::FormatLevel;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Up to which level anything is written. It only rises.
#[derive(Clone, Debug)]
pub(crate) struct WrittenLevel(Arc<AtomicU32>);

impl WrittenLevel {
    pub(crate) fn of(FormatLevel(level): FormatLevel) -> Self {
        Self(Arc::new(level.into()))
    }
    /// From now on all up to this level is written.
    pub(crate) fn raise(&self, FormatLevel(level): FormatLevel) {
        self.0.fetch_max(level, Ordering::Relaxed);
    }
    /// Whether what belongs to this level is written.
    pub(crate) fn has(&self, FormatLevel(level): FormatLevel) -> bool {
        self.0.load(Ordering::Relaxed) >= level
    }
    /// A setting that is to hold once this level is written.
    pub(crate) fn awaits<S>(&self, level: FormatLevel, setting: S) -> Awaited<S> {
        Awaited { written: self.clone(), level, setting }
    }
}

/// A setting that is to hold once a level is written.
pub(crate) struct Awaited<S> {
    written: WrittenLevel,
    level: FormatLevel,
    pub(crate) setting: S,
}

impl<S> Awaited<S> {
    /// The setting, once its level is written.
    pub(crate) fn take_from(awaited: &mut Option<Self>) -> Option<S> {
        awaited.take_if(|awaited| awaited.written.has(awaited.level)).map(|awaited| awaited.setting)
    }
}
