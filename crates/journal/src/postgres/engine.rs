//! What a server does for the writer that holds the log's epoch. Each connection has an epoch of its own: what was sent over the one before
//! can no longer be done once the next has taken its own, so where the log then ends is where it stays.

use super::address::PostgresLog;
use super::session::Session;
use super::tables::{Columns, Parameter};
use super::{snapshots, tables};
use crate::error::JournalError;
use crate::format::End;
use crate::server::{Engine, Sealed};
use crate::{PAYLOAD_BYTES_MAX, Seq};
use std::sync::Arc;
use tokio_postgres::Statement;

/// Moves the head on where epoch, number and checksum fit, and inserts the group; or does neither.
const PUT: &str = "
WITH head AS (
    UPDATE paceline_log_heads SET seq = $5, crc = $6 WHERE region = $1 AND epoch = $2 AND seq = $3 AND crc = $4 RETURNING region
)
INSERT INTO paceline_log_records (region, seq, format, before, crc, payload)
SELECT head.region, new.* FROM head, unnest($7::int8[], $8::int4[], $9::int8[], $10::int8[], $11::bytea[])
    AS new(seq, format, before, crc, payload)";
/// The first epoch of a writer, if nobody took the log since it was looked at.
const TAKE: &str = "
UPDATE paceline_log_heads SET epoch = epoch + 1, writer = gen_random_uuid()::text WHERE region = $1 AND epoch = $2
RETURNING epoch, writer, seq, crc";
/// The next epoch of the same writer: its name tells it from others where an answer was lost.
const RESUME: &str = "
UPDATE paceline_log_heads SET epoch = epoch + 1 WHERE region = $1 AND writer = $2 RETURNING epoch, writer, seq, crc";
/// Holds the head until the transaction ends, if it is this writer's.
const HOLD: &str = "SELECT 1 FROM paceline_log_heads WHERE region = $1 AND epoch = $2 FOR UPDATE";

/// Bytes of a group, beyond which it is sent: the server holds it in memory.
const GROUP_BYTES_MAX: u64 = 8 << 20;

/// The server of a log, for the one writer that holds its epoch.
#[derive(Debug)]
pub(super) struct PostgresEngine {
    log: PostgresLog,
    session: Session,
    held: Held,
    put: Statement,
}

/// What an update of the head gave.
#[derive(Debug)]
struct Held {
    epoch: i64,
    writer: String,
    end: End,
}

impl PostgresEngine {
    /// Takes the log over from whoever had it in this epoch. Errors: `Fenced`: somebody else has; `Server`.
    pub(super) fn take(log: &PostgresLog, session: Session, epoch: i64) -> Result<Self, JournalError> {
        let region = session.region.clone();
        let taken = session.ask("take the log over", |client| async move {
            client.query_opt(TAKE, &[&&*region, &epoch]).await
        })?;
        let held = match taken {
            Some(row) => held(&session, &row)?,
            None => return Err(fenced(&session)),
        };
        let put = prepare(&session)?;
        Ok(Self { log: log.clone(), session, held, put })
    }

    /// Where the log ended when it was taken.
    pub(super) fn end(&self) -> End {
        self.held.end
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Runs `work` in a transaction in which the head is held at last. Errors: then nothing of it is done, or, where the end of the
    /// transaction was not answered, it may be.
    fn transact(&self, work: impl FnOnce(&Session) -> Result<(), JournalError>) -> Result<(), JournalError> {
        let run = |sql: &'static str| {
            self.session.ask("write a snapshot", move |client| async move { client.batch_execute(sql).await })
        };
        run("BEGIN")?;
        match work(&self.session).and_then(|()| self.hold()).and_then(|()| run("COMMIT")) {
            Ok(()) => Ok(()),
            Err(error) => {
                // A connection that cannot even do this fails with the next group, and is then made again.
                _ = run("ROLLBACK");
                Err(error)
            }
        }
    }

    fn hold(&self) -> Result<(), JournalError> {
        let (region, epoch) = (self.session.region.clone(), self.held.epoch);
        let held = self.session.ask("hold the log", |client| async move {
            client.query_opt(HOLD, &[&&*region, &epoch]).await
        })?;
        held.map(drop).ok_or_else(|| fenced(&self.session))
    }
}

impl Engine for PostgresEngine {
    fn name(&self) -> String {
        self.log.name.clone()
    }

    fn payload_bytes_max(&self) -> usize {
        PAYLOAD_BYTES_MAX
    }

    fn group_bytes_max(&self) -> u64 {
        GROUP_BYTES_MAX
    }

    fn put(&mut self, after: End, group: Arc<Vec<Sealed>>) -> Result<(), JournalError> {
        let Some(end) = group.last().map(Sealed::end) else { return Ok(()) };
        let (region, epoch, put) = (self.session.region.clone(), self.held.epoch, self.put.clone());
        let inserted = self.session.ask("append records", |client| async move {
            let rows = Columns::of(&group);
            let (after_seq, after_crc) = tables::numbers(after);
            let (end_seq, end_crc) = tables::numbers(end);
            let head: [Parameter<'_>; 6] = [&&*region, &epoch, &after_seq, &after_crc, &end_seq, &end_crc];
            client.execute(&put, &[&head[..], &rows.parameters()].concat()).await
        })?;
        if inserted > 0 {
            return Ok(());
        }
        self.check()?;
        Err(self.session.error("append records", "the log does not end where this writer left it"))
    }

    fn resume(&mut self) -> Result<End, JournalError> {
        let session = Session::open(&self.log)?;
        let (region, writer) = (session.region.clone(), self.held.writer.clone());
        let resumed = session.ask("resume the log", |client| async move {
            client.query_opt(RESUME, &[&&*region, &writer]).await
        })?;
        let Some(row) = resumed else { return Err(fenced(&session)) };
        self.held = held(&session, &row)?;
        self.put = prepare(&session)?;
        self.session = session;
        Ok(self.held.end)
    }

    fn put_snapshot(&mut self, at: Seq, format: u16, state: Arc<Vec<u8>>) -> Result<(), JournalError> {
        self.transact(|session| snapshots::insert(session, at, format, &state))?;
        snapshots::sweep(&self.session)
    }

    fn check(&mut self) -> Result<(), JournalError> {
        match tables::head(&self.session)? {
            Some(head) if head.epoch == self.held.epoch => Ok(()),
            Some(head) => Err(fenced_by(&self.session, head.epoch)),
            None => Err(JournalError::Gone { dir: self.log.name.clone().into() }),
        }
    }
}

fn prepare(session: &Session) -> Result<Statement, JournalError> {
    session.ask("prepare", |client| async move { client.prepare(PUT).await })
}

fn held(session: &Session, row: &tokio_postgres::Row) -> Result<Held, JournalError> {
    let end = tables::end_of(row.get(2), row.get(3));
    let end = end.ok_or_else(|| session.error("take the log over", "its head is damaged"))?;
    Ok(Held { epoch: row.get(0), writer: row.get(1), end })
}

fn fenced(session: &Session) -> JournalError {
    match tables::head(session) {
        Ok(Some(head)) => fenced_by(session, head.epoch),
        Ok(None) => JournalError::Gone { dir: session.name().into() },
        Err(error) => error,
    }
}

fn fenced_by(session: &Session, epoch: i64) -> JournalError {
    JournalError::Fenced { log: session.name().to_owned(), epoch: epoch.unsigned_abs() }
}
