//! A region's log in streams of NATS JetStream: one of epochs and groups of records, one of snapshots. Each message says which message it
//! expects to be the last one, and the servers refuse all others. `docs/journal.md` draws the streams and says what JetStream loses.
//!
//! Left out on purpose: consumers, as one reader reads in order; and locks, which fence nothing.

mod address;
mod engine;
mod fill;
mod message;
mod records;
mod session;
mod snapshots;

pub use address::JetStreamLog;

use crate::error::JournalError;
use crate::format::{End, record_len};
use crate::log::{Contents, Log, LogStore, Records};
use crate::opened::Opened;
use crate::server::ServerLog;
use crate::snapshot::Snapshot;
use crate::verify::Verified;
use crate::{Identity, Options, Seq};
use engine::JetStreamEngine;
use records::Reading;
use session::{Head, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

impl LogStore for JetStreamLog {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn directory(&self) -> Option<&Path> {
        None
    }

    fn open(&self, options: Options) -> Result<Opened<Box<dyn Log>>, JournalError> {
        let session = Session::open(self)?;
        session.make()?;
        let (head, begun) = match session.head()? {
            Some(head) => (self.check_identity(head, options.wanted)?, false),
            None => (begin(&session, self, options)?, true),
        };
        let newest = snapshots::newest(&session)?;
        // All that can be checked is, before the writer that may still be there is ended.
        let covered = newest.covered();
        let (newest, read) = newest.refuse_loss(check(&session, covered, &head))?;
        let mut engine = JetStreamEngine::take(session, &head, drawn(), read)?;
        let taken = engine.head_taken();
        let end = taken.end;
        snapshots::put_aside(engine.session(), &newest)?;
        if end != head.end {
            // What the writer before appended meanwhile.
            let rest = check(engine.session(), head.end.last, &taken)?;
            engine.know(rest);
        }
        let (warnings, identity) = (newest.warnings(&self.name), head.epoch.identity);
        let journal = Box::new(ServerLog::new(engine, options, end, covered));
        Ok(Opened { journal, snapshot: newest.snapshot, warnings, identity, begun })
    }

    fn replay(&self, after: Option<Seq>) -> Result<Box<dyn Records>, JournalError> {
        let session = Session::open(self)?;
        let head = existing(&session)?;
        Ok(Box::new(Reading::begin(session, after, None, &head)?))
    }

    fn newest_snapshot(&self) -> Result<Option<Snapshot>, JournalError> {
        let session = Session::open(self)?;
        existing(&session)?;
        Ok(snapshots::newest(&session)?.snapshot)
    }

    fn verify(&self) -> Result<Verified, JournalError> {
        let session = Session::open(self)?;
        let head = existing(&session)?;
        let newest = snapshots::newest(&session)?;
        let read = read_all(session, newest.covered(), &head);
        let (newest, read) = newest.refuse_loss(read)?;
        Ok(Verified {
            identity: Some(head.epoch.identity),
            records: read.records,
            first: read.first.unwrap_or(head.end.last.next()),
            last: head.end.last,
            snapshot: newest.snapshot.as_ref().map(|snapshot| snapshot.at),
            formats: read.formats,
            snapshot_format: newest.snapshot.as_ref().map(|snapshot| snapshot.state.format()),
            bytes: read.bytes,
            warnings: newest.warnings(&self.name),
        })
    }

    fn fill(&self, contents: Contents<'_>) -> Result<(), JournalError> {
        fill::fill(self, contents)
    }
}

impl JetStreamLog {
    fn check_identity(&self, head: Head, wanted: Option<Identity>) -> Result<Head, JournalError> {
        match wanted {
            Some(wanted) if wanted != head.epoch.identity => {
                Err(self.other(wanted, Some(head.epoch.identity)))
            }
            _ => Ok(head),
        }
    }

    fn other(&self, wanted: Identity, found: Option<Identity>) -> JournalError {
        JournalError::OtherJournal { dir: PathBuf::from(&self.name), wanted, found }
    }
}

/// The head of a log that has begun. Errors: there is none.
fn existing(session: &Session) -> Result<Head, JournalError> {
    let head = if session.is_made()? { session.head()? } else { None };
    head.ok_or_else(|| session.error("read the log", "it has not begun: no such region in these streams"))
}

/// Begins a log. Errors: another is wanted; there are records without an epoch.
fn begin(session: &Session, log: &JetStreamLog, options: Options) -> Result<Head, JournalError> {
    if let Some(wanted) = options.wanted {
        return Err(log.other(wanted, None));
    }
    JetStreamEngine::begin(session, options.begin_as, End::after(Seq(0)), 0)?;
    session.head()?.ok_or_else(|| session.error("begin the log", "its epoch was removed at once"))
}

/// Reads all records behind the snapshot; where each message ended.
fn check(session: &Session, covered: Seq, head: &Head) -> Result<Vec<(u64, Seq)>, JournalError> {
    let mut reading = Reading::begin(session.clone(), Some(covered), None, head)?;
    for record in &mut reading {
        record?;
    }
    Ok(reading.messages)
}

struct Read {
    first: Option<Seq>,
    records: u64,
    formats: BTreeSet<u16>,
    bytes: u64,
}

fn read_all(session: Session, covered: Seq, head: &Head) -> Result<Read, JournalError> {
    let mut read = Read { first: None, records: 0, formats: BTreeSet::new(), bytes: 0 };
    // What follows the snapshot must be there; what it covers may be kept beside it.
    let mut reading = Reading::begin(session, None, Some(covered), head)?;
    for record in &mut reading {
        let record = record?;
        read.first = read.first.or(Some(record.seq));
        read.records += 1;
        read.formats.insert(record.payload.format());
        read.bytes += record.payload.read(|_, bytes| record_len(bytes.len()));
    }
    Ok(read)
}

/// A name that no other writer has.
fn drawn() -> u128 {
    let mut bytes = [0; 16];
    // One that is not random is still one that nobody else draws at once.
    _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}
