//! What writes changes down.

use crate::journaled::Happened;
use paceline_engine::ledger::Change;

/// Takes changes in their order.
pub(super) trait Sink {
    fn take(&mut self, change: Change<Happened>) -> anyhow::Result<()>;
    /// Writes what is still held. Whoever drops a sink instead leaves half a file.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}
