//! The journal's thread: group commit. Whatever has queued up while one sync ran is written and synced together.

use paceline_engine::{Checkpoint, Encoded, Fleet, Record, record};
use paceline_journal::{Journal, JournalError};
use paceline_model::Version;
use paceline_supervise::{Spawner, Until, waiting};
use tokio::sync::{mpsc, watch};

/// Most records in one group: bounds the time that the first of them waits.
const GROUP_MAX: usize = 4_096;

/// Something to write, in order.
pub(crate) enum Write {
    Record(Record),
    /// The world as all records so far have made it.
    Snapshot(Box<Checkpoint<Fleet>>),
}

/// Records that may wait for the disk before the region waits for it.
const WRITES_MAX: usize = 8_192;

/// The way to the writer, and what it says.
pub(crate) struct JournalHandle {
    pub(crate) writes: mpsc::Sender<Write>,
    /// The newest version that is on disk.
    pub(crate) durable: watch::Receiver<Version>,
}

/// Starts the writer of a journal that was read up to `recovered`.
pub(crate) fn start(scope: &Spawner, journal: Journal, recovered: Version) -> JournalHandle {
    let (writes, written) = mpsc::channel(WRITES_MAX);
    let (durable_to, durable) = watch::channel(recovered);
    scope.spawn_blocking("journal", Until::Owner, move |_| run(journal, written, &durable_to));
    JournalHandle { writes, durable }
}

/// Runs until the region closes its end. Errors: the disk refused; nothing after that is acknowledged.
fn run(
    mut journal: Journal,
    mut writes: mpsc::Receiver<Write>,
    durable: &watch::Sender<Version>,
) -> Result<(), JournalError> {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while next(&mut writes, &mut group) > 0 {
        let mut last = None;
        let mut snapshot = None;
        for write in group.drain(..) {
            match write {
                Write::Record(record) => {
                    let Encoded { format, bytes } = record::encode(&record);
                    journal.append(format, &bytes)?;
                    last = Some(record.version);
                }
                Write::Snapshot(checkpoint) => snapshot = Some((journal.last(), checkpoint)),
            }
        }
        journal.commit()?;
        if let Some(version) = last {
            // Nobody listening means that the region is gone; what is written stays written.
            _ = durable.send(version);
        }
        if let Some((at, checkpoint)) = snapshot {
            let state = checkpoint.encode();
            journal.snapshot(at, state.format, &state.bytes)?;
        }
    }
    Ok(())
}

/// The next records, as many as wait; the thread is shown as waiting for them.
fn next(writes: &mut mpsc::Receiver<Write>, group: &mut Vec<Write>) -> usize {
    let _at = waiting("records to write");
    writes.blocking_recv_many(group, GROUP_MAX)
}
