//! What is written, and what writes it.

use paceline_api::Change;
use paceline_model::Event;

/// One durable change.
pub(super) struct Row {
    /// As the stream tells it.
    pub(super) change: Change,
    /// As the journal has it.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only columns need it"))]
    pub(super) event: Event,
}

/// Takes rows in their order.
pub(super) trait Sink {
    fn take(&mut self, row: Row) -> anyhow::Result<()>;
    /// Writes what is still held. Whoever drops a sink instead leaves half a file.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}
