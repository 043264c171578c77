//! How the read model is read: beside the region, by as many as like, and not before it holds what its reader may have been told.

use super::feed::Shared;
use super::model::Model;
use super::world::Digests;
use crate::kind::ReadModel;
use crate::problem::Problem;
use crate::stream::Stream;
use paceline_model::Version;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::watch;

/// The read model with its version: one writer, many readers.
pub(crate) struct Shown<M = Model> {
    model: RwLock<M>,
    applied: watch::Sender<Version>,
}

impl<M: ReadModel> Shown<M> {
    pub(crate) fn new(model: M) -> Self {
        let applied = watch::Sender::new(model.version());
        Self { model: RwLock::new(model), applied }
    }
    /// Whoever panicked while writing has begun anew since, with all rows.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, M> {
        self.model.write().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, M> {
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }
    /// Tells readers that the model holds a version.
    pub(super) fn applied(&self, version: Version) {
        self.applied.send_replace(version);
    }
}

/// The way to read.
pub(crate) struct ViewHandle<M: ReadModel = Model> {
    pub(crate) shown: Arc<Shown<M>>,
    pub(crate) shared: Shared,
    pub(crate) stream: Arc<Stream>,
    pub(crate) digests: Digests<M::World>,
    /// Longest that is waited for what the reader has been told of.
    pub(crate) timeout: Duration,
}

impl<M: ReadModel> ViewHandle<M> {
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
    pub(crate) async fn read<T>(&self, look: impl FnOnce(&M) -> T) -> Result<T, Problem> {
        self.settled().await?;
        Ok(look(&self.shown.read()))
    }
}
