//! How the read model is read: beside the region, by as many as like, and not before it holds what its reader may have been told.

use super::feed::Shared;
use super::model::Model;
use super::world::Digests;
use crate::problem::Problem;
use crate::stream::Stream;
use paceline_model::Version;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::watch;

/// The read model with its version: one writer, many readers.
pub(crate) struct Shown {
    model: RwLock<Model>,
    applied: watch::Sender<Version>,
}

impl Shown {
    pub(crate) fn new(model: Model) -> Self {
        let applied = watch::Sender::new(model.version);
        Self { model: RwLock::new(model), applied }
    }
    /// Whoever panicked while writing has begun anew since, with all rows.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Model> {
        self.model.write().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Model> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }
    /// Tells readers that the model holds a version.
    pub(super) fn applied(&self, version: Version) {
        self.applied.send_replace(version);
    }
}

/// The way to read.
pub(crate) struct ViewHandle {
    pub(crate) shown: Arc<Shown>,
    pub(crate) shared: Shared,
    pub(crate) stream: Arc<Stream>,
    pub(crate) digests: Digests,
    /// Longest that is waited for what the reader has been told of.
    pub(crate) timeout: Duration,
}

impl ViewHandle {
    /// Waits until whatever the caller may have been told of can be read. Errors: it takes too long; the server ends.
    pub(crate) async fn settled(&self) -> Result<(), Problem> {
        let promised = Version(self.shared.promised.load(Ordering::SeqCst));
        let mut applied = self.shown.applied.subscribe();
        let waited =
            tokio::time::timeout(self.timeout, applied.wait_for(|version| *version >= promised)).await;
        waited.map_err(|_| Problem::timeout())?.map_err(|_| Problem::draining())?;
        Ok(())
    }

    /// Reads the world as it is durable. `look` is short: it holds the model's writer up. Errors: as [`Self::settled`].
    pub(crate) async fn read<T>(&self, look: impl FnOnce(&Model) -> T) -> Result<T, Problem> {
        self.settled().await?;
        Ok(look(&self.shown.read()))
    }
}
