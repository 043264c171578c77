//! The newest changes from before the start, read back from the journal beside everything else: a stream that broke off with the last
//! run goes on where it was, as far as the journal still has what it missed.

use crate::kind::Kind;
use crate::stream::{Older, Stream};
use paceline_journal::{JournalError, LogAddress, Seq};
use paceline_supervise::{NamedExt as _, Spawner, Until};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Attempts to read from a server that fails: one that is asked too much at once, or whose standby takes its place.
const ATTEMPTS_MAX: u32 = 10;
/// Time between two of them.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Starts reading the journal up to `last`, the last record of before the start. Who comes back waits for it.
pub(super) fn start<W: Kind>(scope: &Spawner, log: LogAddress, last: Seq, stream: Arc<Stream>) {
    let runtime = Handle::current();
    scope.spawn_blocking("journal-tail", Until::Owner, move |closing| {
        let mut attempts = 1;
        let read = loop {
            match read::<W>(&log, last, stream.older_begins(), &closing) {
                Ok(read) => break read,
                Err(error @ JournalError::Server { .. }) if attempts < ATTEMPTS_MAX => {
                    tracing::debug!(%error, attempts, "what streams go on from is read again");
                    attempts += 1;
                    runtime.block_on(pause(&closing));
                }
                Err(error) => {
                    tracing::warn!(%error, "streams cannot go on from before the start");
                    break None;
                }
            }
        };
        stream.older(read);
    });
}

async fn pause(closing: &CancellationToken) {
    _ = tokio::time::timeout(AGAIN_AFTER, closing.cancelled()).named("the journal's server").await;
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
