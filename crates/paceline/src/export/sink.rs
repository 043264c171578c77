//! What writes changes down.

use crate::journaled::Told;

/// Takes changes in their order.
pub(super) trait Sink {
    fn take(&mut self, change: &Told) -> anyhow::Result<()>;
    /// Writes what is still held. Whoever drops a sink instead leaves half a file.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}
