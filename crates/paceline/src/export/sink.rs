//! What writes changes down.

use paceline_engine::Change;

/// Takes changes in their order.
pub(super) trait Sink {
    fn take(&mut self, change: &Change) -> anyhow::Result<()>;
    /// Writes what is still held. Whoever drops a sink instead leaves half a file.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

/// A change as the stream tells it.
pub(super) fn told(change: &Change) -> paceline_api::Change {
    paceline_api::Change { version: change.version.0, at: change.at, event: (&change.event).into() }
}
