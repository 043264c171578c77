//! A region's log in tables of a PostgreSQL server. Its writer holds an epoch: each group of records is one statement that moves the head on
//! if epoch, number and checksum fit, and inserts the records; the server refuses all others. `docs/journal.md` draws the tables.
//!
//! Left out on purpose: pools of connections, as a region has one writer; and any trust in a lease.

mod address;
mod engine;
mod fill;
mod records;
mod session;
mod snapshots;
mod tables;

pub use address::PostgresLog;
pub use session::Session as PostgresSession;

use crate::error::JournalError;
use crate::format::End;
use crate::log::{Contents, Following, Log, LogStore, Records};
use crate::opened::Opened;
use crate::server::{Checked, ServerLog, refuse_other};
use crate::snapshot::Snapshot;
use crate::verify::Verified;
use crate::{Identity, Options, Seq};
use engine::PostgresEngine;
use records::Reading;
use session::Session;
use std::path::Path;
use tables::Head;

impl LogStore for PostgresLog {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn directory(&self) -> Option<&Path> {
        None
    }

    fn open(&self, options: Options) -> Result<Opened<Box<dyn Log>>, JournalError> {
        let session = Session::open(self)?;
        tables::make(&session)?;
        let (known, begun) = match tables::head(&session)? {
            Some(head) => (self.known(head, options.wanted)?, false),
            None => (begin(&session, self, options)?, true),
        };
        let newest = snapshots::newest(&session)?;
        // All that can be checked is, before the writer that may still be there is ended.
        let checked = check(&session, newest.covered(), known.end);
        let (newest, checked) = newest.refuse_loss(checked)?;
        let engine = PostgresEngine::take(self, session, known.epoch)?;
        let end = engine.end();
        check_rest(engine.session(), checked, end)?;
        snapshots::put_aside(engine.session(), &newest)?;
        let (warnings, covered) = (newest.warnings(&self.name), newest.covered());
        let journal = Box::new(ServerLog::new(engine, options, end, covered));
        Ok(Opened { journal, snapshot: newest.snapshot, warnings, identity: known.identity, begun })
    }

    fn replay(&self, after: Option<Seq>) -> Result<Box<dyn Records>, JournalError> {
        let session = Session::open(self)?;
        let head = self.existing(&session)?;
        Ok(Box::new(Reading::begin(session, after, head.end)?))
    }

    fn follow(&self) -> Result<Option<Box<dyn Following>>, JournalError> {
        Ok(Some(Box::new(OneSession { log: self.clone(), session: Session::open(self)? })))
    }

    fn newest_snapshot(&self) -> Result<Option<Snapshot>, JournalError> {
        let session = Session::open(self)?;
        self.existing(&session)?;
        Ok(snapshots::newest(&session)?.snapshot)
    }

    fn verify(&self) -> Result<Verified, JournalError> {
        let session = Session::open(self)?;
        let head = self.existing(&session)?;
        let newest = snapshots::newest(&session)?;
        // What follows the snapshot must be there; what it covers may be kept beside it.
        let read = Reading::all(session, newest.covered(), head.end).and_then(Checked::read);
        let (newest, checked) = newest.refuse_loss(read)?;
        Ok(checked.told((&self.name, head.identity), head.end.last, &newest))
    }

    fn fill(&self, contents: Contents<'_>) -> Result<(), JournalError> {
        fill::fill(self, contents)
    }
}

/// Reads over one connection, for as long as it lasts.
struct OneSession {
    log: PostgresLog,
    session: Session,
}

impl Following for OneSession {
    fn after(&mut self, after: Seq) -> Result<Box<dyn Records>, JournalError> {
        let head = self.log.existing(&self.session)?;
        Ok(Box::new(Reading::begin(self.session.clone(), Some(after), head.end)?))
    }
}

impl PostgresLog {
    /// The head of a log that has begun. Errors: there is none.
    fn existing(&self, session: &Session) -> Result<Head, JournalError> {
        let head = if tables::are_there(session)? { tables::head(session)? } else { None };
        head.ok_or_else(|| session.error("read the log", "it has not begun: no such region in this database"))
    }

    fn known(&self, head: Head, wanted: Option<Identity>) -> Result<Head, JournalError> {
        refuse_other(&self.name, wanted, Some(head.identity)).map(|()| head)
    }
}

/// Begins a log. Errors: another is wanted; its records are there without a head.
fn begin(session: &Session, log: &PostgresLog, options: Options) -> Result<Head, JournalError> {
    refuse_other(&log.name, options.wanted, None)?;
    if tables::first(session)?.is_some() {
        return Err(session.error("open the log", "its records are there, and its head is gone"));
    }
    tables::begin(session, options.begin_as)?;
    let head = tables::head(session)?;
    head.ok_or_else(|| session.error("begin the log", "its head was removed at once"))
}

/// Reads all records behind the snapshot up to where the log ended when it was looked at, and says where that is.
fn check(session: &Session, covered: Seq, end: End) -> Result<End, JournalError> {
    let mut reading = Reading::begin(session.clone(), Some(covered), end)?;
    reading.try_for_each(|record| record.map(drop))?;
    Ok(end)
}

/// Reads what the writer before appended meanwhile.
fn check_rest(session: &Session, checked: End, end: End) -> Result<(), JournalError> {
    if checked == end {
        return Ok(());
    }
    check(session, checked.last, end).map(drop)
}
