//! Snapshots in chunks: written in one transaction, read back whole or passed over.

use super::session::Session;
use crate::Seq;
use crate::error::{Damage, JournalError};
use crate::server::{Newest, check_snapshot, snapshot_crc};
use crate::snapshot::Snapshot;
use std::sync::Arc;

/// Bytes of a chunk: a statement carries one.
const CHUNK_BYTES: usize = 4 << 20;
/// Records that one statement removes at most.
const REMOVED_MAX: i64 = 10_000;

/// A snapshot as its row describes it.
#[derive(Debug)]
pub(super) struct Described {
    at: i64,
    format: i32,
    bytes: i64,
    crc: i64,
}

/// The newest sound snapshot. Errors: `Server`.
pub(super) fn newest(session: &Session) -> Result<Newest<Described>, JournalError> {
    Newest::read(session.name(), list(session)?, |described| {
        let seq = Seq(described.at as u64);
        Ok(described.read(session)?.map_err(|damage| (seq, damage)))
    })
}

/// Marks the damaged ones, so that none of them counts as one to fall back on.
pub(super) fn put_aside(session: &Session, newest: &Newest<Described>) -> Result<(), JournalError> {
    for described in newest.damaged() {
        let (region, at) = (session.region.clone(), described.at);
        session.ask("mark a damaged snapshot", |client| async move {
            let mark = "UPDATE paceline_log_snapshots SET damaged = true WHERE region = $1 AND at = $2";
            client.execute(mark, &[&&*region, &at]).await
        })?;
    }
    Ok(())
}

fn list(session: &Session) -> Result<Vec<Described>, JournalError> {
    let region = session.region.clone();
    let rows = session.ask("list snapshots", |client| async move {
        let list = "SELECT at, format, bytes, crc FROM paceline_log_snapshots
            WHERE region = $1 AND NOT damaged ORDER BY at DESC";
        client.query(list, &[&&*region]).await
    })?;
    let described = |row: &tokio_postgres::Row| Described {
        at: row.get(0),
        format: row.get(1),
        bytes: row.get(2),
        crc: row.get(3),
    };
    Ok(rows.iter().map(described).collect())
}

impl Described {
    /// Reads it; or what is wrong with it. Errors: `Server`.
    fn read(&self, session: &Session) -> Result<Result<Snapshot, Damage>, JournalError> {
        let mut state = Vec::new();
        for number in 0.. {
            if state.len() as i64 >= self.bytes {
                break;
            }
            let (region, at) = (session.region.clone(), self.at);
            let chunk = session.ask("read a snapshot", |client| async move {
                let chunk =
                    "SELECT state FROM paceline_log_chunks WHERE region = $1 AND at = $2 AND number = $3";
                client.query_opt(chunk, &[&&*region, &at, &number]).await
            })?;
            match chunk.map(|row| row.get::<_, Vec<u8>>(0)).filter(|chunk: &Vec<u8>| !chunk.is_empty()) {
                Some(chunk) => state.extend(chunk),
                None => return Ok(Err(Damage::Unfinished)),
            }
        }
        let numbers = (u64::try_from(self.at), u16::try_from(self.format), u32::try_from(self.crc));
        let (Ok(at), Ok(format), Ok(crc)) = numbers else { return Ok(Err(Damage::Header)) };
        if state.len() as i64 != self.bytes {
            return Ok(Err(Damage::Unfinished));
        }
        Ok(check_snapshot(Seq(at), format, state, crc))
    }
}

/// Writes a snapshot within the transaction that is under way, in the place of one that may stand for the same records.
pub(super) fn insert(
    session: &Session,
    at: Seq,
    format: u16,
    state: &Arc<Vec<u8>>,
) -> Result<(), JournalError> {
    let (at, crc) = (at.0 as i64, i64::from(snapshot_crc(at, format, state)));
    let (region, bytes, format) = (session.region.clone(), state.len() as i64, i32::from(format));
    session.ask("write a snapshot", |client| async move {
        client.execute("DELETE FROM paceline_log_chunks WHERE region = $1 AND at = $2", &[&&*region, &at]).await?;
        let row = "INSERT INTO paceline_log_snapshots (region, at, format, bytes, crc) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (region, at) DO UPDATE SET format = excluded.format, bytes = excluded.bytes, crc = excluded.crc, damaged = false";
        client.execute(row, &[&&*region, &at, &format, &bytes, &crc]).await
    })?;
    for (number, from) in (0..).zip((0..state.len()).step_by(CHUNK_BYTES)) {
        let (region, state): (_, Arc<Vec<u8>>) = (session.region.clone(), state.clone());
        session.ask("write a snapshot", |client| async move {
            let chunk = "INSERT INTO paceline_log_chunks (region, at, number, state) VALUES ($1, $2, $3, $4)";
            let bytes = &state[from..state.len().min(from + CHUNK_BYTES)];
            let number: i32 = number;
            client.execute(chunk, &[&&*region, &at, &number, &bytes]).await
        })?;
    }
    Ok(())
}

/// Removes snapshots before the one to fall back on, and the records that it covers: with fewer than two sound ones nothing.
pub(super) fn sweep(session: &Session) -> Result<(), JournalError> {
    let region = session.region.clone();
    let kept: Option<i64> = session.ask("look for what is stale", |client| async move {
        let kept = "SELECT at FROM paceline_log_snapshots WHERE region = $1 AND NOT damaged ORDER BY at DESC OFFSET 1 LIMIT 1";
        Ok(client.query_opt(kept, &[&&*region]).await?.map(|row| row.get(0)))
    })?;
    let Some(kept) = kept else { return Ok(()) };
    let region = session.region.clone();
    session.ask("remove stale snapshots", |client| async move {
        client
            .execute("DELETE FROM paceline_log_chunks WHERE region = $1 AND at < $2", &[&&*region, &kept])
            .await?;
        client
            .execute("DELETE FROM paceline_log_snapshots WHERE region = $1 AND at < $2", &[&&*region, &kept])
            .await
    })?;
    // The oldest go first, so that there is never a gap.
    while remove_records(session, kept)? > 0 {}
    Ok(())
}

fn remove_records(session: &Session, kept: i64) -> Result<u64, JournalError> {
    let region = session.region.clone();
    session.ask("remove stale records", |client| async move {
        let remove = "DELETE FROM paceline_log_records WHERE region = $1 AND seq <= $2
            AND seq < (SELECT min(seq) FROM paceline_log_records WHERE region = $1) + $3";
        client.execute(remove, &[&&*region, &kept, &REMOVED_MAX]).await
    })
}
