//! The newest changes from before the start, read back from the journal beside everything else: a stream that broke off with the last
//! run goes on where it was, as far as the journal still has what it missed.

use crate::kind::Kind;
use crate::stream::{Older, Stream};
use paceline_journal::{JournalError, LogAddress, Seq};
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Starts reading the journal up to `last`, the last record of before the start. Who comes back waits for it.
pub(super) fn start<W: Kind>(scope: &Spawner, log: LogAddress, last: Seq, stream: Arc<Stream>) {
    scope.spawn_blocking("journal-tail", Until::Owner, move |closing| {
        let read = read::<W>(&log, last, stream.older_begins(), &closing).unwrap_or_else(|error| {
            tracing::warn!(%error, "streams cannot go on from before the start");
            None
        });
        stream.older(read);
    });
}

/// The newest changes up to `last`, as many as are kept. `None`: the server ends. Errors: the journal cannot be read.
fn read<W: Kind>(
    log: &LogAddress,
    last: Seq,
    mut older: Older,
    closing: &CancellationToken,
) -> Result<Option<Older>, JournalError> {
    // Each record has a change at least.
    let after = Seq(last.0.saturating_sub(older.changes_max()));
    let records = match log.replay(Some(after)) {
        // Snapshots have taken the place of older ones.
        Err(JournalError::Missing { found, .. }) => log.replay(Some(Seq(found.0.saturating_sub(1))))?,
        records => records?,
    };
    for record in records {
        let record = record?;
        if record.seq > last || closing.is_cancelled() {
            break;
        }
        match record.payload.read(W::decode) {
            Ok(record) => older.push(&record.changes().collect::<Vec<_>>()),
            Err(error) => {
                tracing::warn!(%error, "a record of before the start cannot be read");
                return Ok(None);
            }
        }
    }
    Ok((!closing.is_cancelled()).then_some(older))
}
