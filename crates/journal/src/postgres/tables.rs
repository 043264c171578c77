//! The tables, and the head of a log in them. `docs/journal.md` draws them.

use super::session::Session;
use crate::error::JournalError;
use crate::format::{Chain, End};
use crate::server::Sealed;
use crate::{Identity, Seq};
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The layout of the tables that this program writes and reads.
pub(super) const LAYOUT: i32 = 1;

/// Made by one at a time: `IF NOT EXISTS` alone may fail for two at once. Heads change with each group, and find room beside themselves.
const MAKE: &str = "
BEGIN;
SELECT pg_advisory_xact_lock(7161630365);
CREATE TABLE IF NOT EXISTS paceline_log_heads (
    region text PRIMARY KEY, layout integer NOT NULL, identity text NOT NULL,
    epoch bigint NOT NULL, writer text NOT NULL, seq bigint NOT NULL, crc bigint NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS paceline_log_records (
    region text NOT NULL, seq bigint NOT NULL, format integer NOT NULL, before bigint NOT NULL, crc bigint NOT NULL,
    payload bytea NOT NULL, PRIMARY KEY (region, seq)
);
CREATE TABLE IF NOT EXISTS paceline_log_snapshots (
    region text NOT NULL, at bigint NOT NULL, format integer NOT NULL, bytes bigint NOT NULL, crc bigint NOT NULL,
    damaged boolean NOT NULL DEFAULT false, PRIMARY KEY (region, at)
);
CREATE TABLE IF NOT EXISTS paceline_log_chunks (
    region text NOT NULL, at bigint NOT NULL, number integer NOT NULL, state bytea NOT NULL, PRIMARY KEY (region, at, number)
);
COMMIT";

/// The head of a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) identity: Identity,
    pub(super) epoch: i64,
    pub(super) end: End,
}

/// Makes the tables, where they are not there. Errors: the role may not.
pub(super) fn make(session: &Session) -> Result<(), JournalError> {
    if are_there(session)? {
        return Ok(());
    }
    session.ask("make the tables", |client| async move { client.batch_execute(MAKE).await })
}

pub(super) fn are_there(session: &Session) -> Result<bool, JournalError> {
    session.ask("look for the tables", |client| async move {
        let row = client.query_one("SELECT to_regclass('paceline_log_chunks') IS NOT NULL", &[]).await?;
        Ok(row.get(0))
    })
}

/// The log's head; `None`: it has not begun. Errors: it is of a newer program, or is damaged.
pub(super) fn head(session: &Session) -> Result<Option<Head>, JournalError> {
    let region = session.region.clone();
    let row = session.ask("read the head", |client| async move {
        let head = "SELECT layout, identity, epoch, seq, crc FROM paceline_log_heads WHERE region = $1";
        client.query_opt(head, &[&&*region]).await
    })?;
    row.map(|row| read_head(session, &row)).transpose()
}

fn read_head(session: &Session, row: &Row) -> Result<Head, JournalError> {
    let layout: i32 = row.get(0);
    if layout != LAYOUT {
        let reason = format!("its tables are of layout {layout}; this program knows {LAYOUT}");
        return Err(session.error("read the head", &reason));
    }
    let identity: Result<Identity, String> = row.get::<_, String>(1).parse();
    let identity = identity.map_err(|reason| session.error("read the head", &reason))?;
    let end = end_of(row.get(3), row.get(4));
    let end =
        end.ok_or_else(|| session.error("read the head", "it is damaged: a number is out of its range"))?;
    Ok(Head { identity, epoch: row.get(2), end })
}

/// Errors: `None`, numbers that no record has.
pub(super) fn end_of(seq: i64, crc: i64) -> Option<End> {
    Some(End { last: Seq(u64::try_from(seq).ok()?), chain: Chain(u32::try_from(crc).ok()?) })
}

/// Begins a log that is not there; does nothing where another has begun it meanwhile.
pub(super) fn begin(session: &Session, identity: Identity) -> Result<(), JournalError> {
    let (region, identity) = (session.region.clone(), identity.to_string());
    session.ask("begin the log", |client| async move {
        let begin = "INSERT INTO paceline_log_heads (region, layout, identity, epoch, writer, seq, crc)
            VALUES ($1, $2, $3, 0, '', 0, 0) ON CONFLICT DO NOTHING";
        client.execute(begin, &[&&*region, &LAYOUT, &identity]).await.map(drop)
    })
}

/// Where the log ends, as the head has it.
pub(super) fn numbers(end: End) -> (i64, i64) {
    (end.last.0 as i64, i64::from(end.chain.0))
}

/// Says where a log ends that was filled.
pub(super) fn set_end(session: &Session, end: End) -> Result<(), JournalError> {
    let (region, (seq, crc)) = (session.region.clone(), numbers(end));
    session.ask("write the head", |client| async move {
        let set = "UPDATE paceline_log_heads SET seq = $2, crc = $3 WHERE region = $1";
        client.execute(set, &[&&*region, &seq, &crc]).await.map(drop)
    })
}

/// A value that goes with a statement.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// Records as columns, as one statement inserts them.
pub(super) struct Columns<'a> {
    seqs: Vec<i64>,
    formats: Vec<i32>,
    befores: Vec<i64>,
    crcs: Vec<i64>,
    payloads: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(records: &'a [Sealed]) -> Self {
        Self {
            seqs: records.iter().map(|record| record.seq.0 as i64).collect(),
            formats: records.iter().map(|record| i32::from(record.format)).collect(),
            befores: records.iter().map(|record| i64::from(record.before.0)).collect(),
            crcs: records.iter().map(|record| i64::from(record.crc.0)).collect(),
            payloads: records.iter().map(|record| &*record.payload).collect(),
        }
    }

    pub(super) fn parameters(&self) -> [Parameter<'_>; 5] {
        [&self.seqs, &self.formats, &self.befores, &self.crcs, &self.payloads]
    }
}

/// Inserts records within a transaction that is under way.
pub(super) fn insert(session: &Session, records: Arc<Vec<Sealed>>) -> Result<(), JournalError> {
    let region = session.region.clone();
    session.ask("copy records", |client| async move {
        let insert = "INSERT INTO paceline_log_records (region, seq, format, before, crc, payload)
            SELECT $1, new.* FROM unnest($2::int8[], $3::int4[], $4::int8[], $5::int8[], $6::bytea[])
            AS new(seq, format, before, crc, payload)";
        let (region, rows): (&str, _) = (&region, Columns::of(&records));
        let first: [Parameter<'_>; 1] = [&region];
        client.execute(insert, &[&first[..], &rows.parameters()].concat()).await.map(drop)
    })
}

/// The number of the first record that is there.
pub(super) fn first(session: &Session) -> Result<Option<Seq>, JournalError> {
    let region = session.region.clone();
    let first: Option<i64> = session.ask("look for records", |client| async move {
        let first = "SELECT min(seq) FROM paceline_log_records WHERE region = $1";
        Ok(client.query_one(first, &[&&*region]).await?.get(0))
    })?;
    Ok(first.and_then(|seq| u64::try_from(seq).ok()).map(Seq))
}
