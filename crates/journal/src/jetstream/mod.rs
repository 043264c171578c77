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
use crate::format::End;
use crate::log::{Contents, Log, LogStore, Records};
use crate::opened::Opened;
use crate::server::{Checked, ServerLog, refuse_other};
use crate::snapshot::Snapshot;
use crate::verify::Verified;
use crate::{Identity, Options, Seq};
use engine::JetStreamEngine;
use records::Reading;
use session::{Head, Session};
use std::path::Path;

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
            Some(head) => (self.known(head, options.wanted)?, false),
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
        // What follows the snapshot must be there; what it covers may be kept beside it.
        let read = Reading::begin(session, None, Some(newest.covered()), &head).and_then(Checked::read);
        let (newest, checked) = newest.refuse_loss(read)?;
        Ok(checked.told((&self.name, head.epoch.identity), head.end.last, &newest))
    }

    fn fill(&self, contents: Contents<'_>) -> Result<(), JournalError> {
        fill::fill(self, contents)
    }
}

impl JetStreamLog {
    fn known(&self, head: Head, wanted: Option<Identity>) -> Result<Head, JournalError> {
        refuse_other(&self.name, wanted, Some(head.epoch.identity)).map(|()| head)
    }
}

/// The head of a log that has begun. Errors: there is none.
fn existing(session: &Session) -> Result<Head, JournalError> {
    let head = if session.is_made()? { session.head()? } else { None };
    head.ok_or_else(|| session.error("read the log", "it has not begun: no such region in these streams"))
}

/// Begins a log. Errors: another is wanted; there are records without an epoch.
fn begin(session: &Session, log: &JetStreamLog, options: Options) -> Result<Head, JournalError> {
    refuse_other(&log.name, options.wanted, None)?;
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

/// A name that no other writer has.
fn drawn() -> u128 {
    let mut bytes = [0; 16];
    // One that is not random is still one that nobody else draws at once.
    _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}
