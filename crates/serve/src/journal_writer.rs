//! The journal's thread: group commit. Whatever has queued up while one sync ran is written and synced together. A disk or server that
//! fails does not end it: what was taken in waits and is tried again about each second, nothing more is taken in meanwhile, and the region
//! and its callers are told what can be promised.

use crate::kind::Kind;
use crate::metrics::JournalMetrics;
use crate::snapshot_encoder::{Snapshot, SnapshotEncoder};
use paceline_engine::ledger::{self, World};
use paceline_engine::{Checkpoint, Encoded};
use paceline_journal::{DurableLog, Flushed, Health, JournalError, Log};
use paceline_model::Version;
use paceline_supervise::sync::{mpsc, watch};
use paceline_supervise::{Spawner, Until, waiting};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// Most records in one group: bounds the time that the first of them waits.
const GROUP_MAX: usize = 4_096;
/// Time between two looks at whether the directory is there, room is back and what failed can be done.
const TEND_EVERY: Duration = Duration::from_secs(1);
/// Room that is kept for trips under way: some 40,000 records.
const RESERVE_BYTES_MAX: u64 = 4 << 20;

/// Something to write, in order.
pub(crate) enum Write<W: World> {
    Record(ledger::Record<W::Recorded>),
    /// The world as all records so far have made it.
    Snapshot(Box<Checkpoint<W>>),
}

/// Records that may wait for the disk before the region waits for it.
const WRITES_MAX: usize = 8_192;

/// How the journal stands, and why, unless it stands well.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JournalStatus {
    pub(crate) health: Health,
    pub(crate) why: Option<Arc<str>>,
    /// Another writer has it: it will never take anything again.
    pub(crate) fenced: bool,
}

/// The way to the writer, and what it says.
pub(crate) struct JournalHandle<W: World> {
    pub(crate) writes: mpsc::Sender<Write<W>>,
    /// The newest version that is on disk.
    pub(crate) durable: watch::Receiver<Version>,
    pub(crate) status: watch::Receiver<JournalStatus>,
}

impl<W: World> JournalHandle<W> {
    /// Whether nothing becomes durable for now.
    pub(crate) fn is_stalled(&self) -> bool {
        self.status.borrow().health == Health::Stalled
    }
}

/// Starts the writer of a journal that was read up to `recovered`.
pub(crate) fn start<W: Kind>(
    scope: &Spawner,
    journal: Box<dyn Log>,
    recovered: Version,
    metrics: &JournalMetrics,
) -> JournalHandle<W> {
    let (writes, written) = mpsc::channel("records to write", WRITES_MAX);
    let (durable_to, durable) = watch::channel("a version on disk", recovered);
    let (status_to, status) = watch::channel("how the journal stands", JournalStatus::default());
    let (runtime, metrics, snapshots) =
        (Handle::current(), metrics.clone(), SnapshotEncoder::new(scope.clone()));
    scope.spawn_blocking("journal", Until::Owner, move |_| {
        let log = DurableLog::new(journal, RESERVE_BYTES_MAX);
        let (durable, status, tended) = (durable_to, status_to, Instant::now());
        let writer = Writer { log, durable, status, metrics, snapshots, tended };
        writer.run(&runtime, written)
    });
    JournalHandle { writes, durable, status }
}

struct Writer<W: World> {
    log: DurableLog<Version>,
    durable: watch::Sender<Version>,
    status: watch::Sender<JournalStatus>,
    metrics: JournalMetrics,
    snapshots: SnapshotEncoder<W>,
    tended: Instant,
}

/// What was waited for.
enum Next {
    Group,
    /// Nothing came for a while.
    Nothing,
    /// The region has closed its end.
    End,
}

impl<W: Kind> Writer<W> {
    /// Runs until the region closes its end. Errors: then not all of what it wrote is durable.
    fn run(mut self, runtime: &Handle, mut writes: mpsc::Receiver<Write<W>>) -> Result<(), JournalError> {
        let mut group = Vec::with_capacity(GROUP_MAX);
        self.tell(Flushed::default());
        loop {
            if !self.log.is_settled() {
                runtime.block_on(pause());
                let failed = self.tend();
                match failed {
                    Some(error) if writes.is_closed() => return Err(error),
                    _ => continue,
                }
            }
            // What a snapshot waits for is only the records that are there.
            let wait = if self.log.is_writing_snapshot() { Duration::ZERO } else { TEND_EVERY };
            match runtime.block_on(next(&mut writes, &mut group, wait)) {
                Next::End => {
                    let last = self.snapshots.finish();
                    self.write_snapshot(last);
                    while self.log.is_writing_snapshot() {
                        self.flush();
                    }
                    return Ok(());
                }
                Next::Nothing if self.log.is_writing_snapshot() => self.flush(),
                Next::Nothing => _ = self.tend(),
                Next::Group => {
                    group.drain(..).for_each(|write| self.push(write));
                    self.flush();
                }
            }
            let ready = self.snapshots.poll();
            self.write_snapshot(ready);
            if self.tended.elapsed() >= TEND_EVERY {
                self.tend();
            }
        }
    }

    fn push(&mut self, write: Write<W>) {
        match write {
            Write::Record(record) => {
                let max = self.log.payload_bytes_max();
                for (version, Encoded { format, bytes }) in ledger::encode_within::<W>(record, max) {
                    self.log.push(version, format, bytes);
                }
            }
            Write::Snapshot(checkpoint) => self.snapshots.put(self.log.last(), checkpoint),
        }
    }

    fn write_snapshot(&mut self, ready: Option<Snapshot>) {
        let Some((at, Encoded { format, bytes })) = ready else { return };
        self.log.push_snapshot(at, format, bytes);
        self.flush();
    }

    fn flush(&mut self) {
        let flushed = self.log.flush();
        self.tell(flushed);
    }

    /// Returns what is wrong, if anything is.
    fn tend(&mut self) -> Option<JournalError> {
        self.tended = Instant::now();
        let flushed = self.log.tend();
        self.tell(flushed)
    }

    /// Says what has become durable and how the journal stands.
    fn tell(&mut self, flushed: Flushed<Version>) -> Option<JournalError> {
        let Flushed { durable, failed, snapshot } = flushed;
        if let Some(version) = durable {
            // Nobody listening means that the region is gone; what is written stays written.
            _ = self.durable.send(version);
        }
        if let Some(Err(error)) = &snapshot {
            tracing::warn!(%error, "a snapshot failed and is tried again; the log is kept meanwhile");
        }
        self.metrics.count(failed.is_some(), snapshot.as_ref().map(Result::is_ok));
        self.judge(failed.as_ref());
        failed
    }

    fn judge(&mut self, failed: Option<&JournalError>) {
        let health = self.log.health();
        self.metrics.health.set(health as i64);
        let why: Option<Arc<str>> = match (health, failed) {
            (Health::Good, _) => None,
            (_, Some(error)) => Some(error.to_string().into()),
            (_, None) => Some("the journal's disk is full".into()),
        };
        let before = self.status.borrow().health;
        if health != before {
            match &why {
                None => tracing::info!("the journal stands well again"),
                Some(why) => tracing::error!(?health, %why, "the journal does not stand well"),
            }
        }
        let fenced = matches!(failed, Some(JournalError::Fenced { .. }));
        self.status.send_if_modified(|status| {
            let fenced = fenced || status.fenced;
            let told = JournalStatus { health, why, fenced };
            let changed = *status != told;
            *status = told;
            changed
        });
    }
}

async fn pause() {
    let _at = waiting("the disk to be well again");
    tokio::time::sleep(TEND_EVERY).await;
}

/// The next records, as many as wait; the thread is shown as waiting for them.
async fn next<W: World>(
    writes: &mut mpsc::Receiver<Write<W>>,
    group: &mut Vec<Write<W>>,
    wait: Duration,
) -> Next {
    match tokio::time::timeout(wait, writes.recv_many(group, GROUP_MAX)).await {
        Ok(0) => Next::End,
        Ok(_) => Next::Group,
        Err(_) => Next::Nothing,
    }
}
