//! Snapshots in a stream of their own: chunks one behind the other, then a head that says what they come to.

use super::message::Whole;
use super::session::Session;
use crate::Seq;
use crate::error::{Damage, JournalError};
use crate::server::{Newest, check_snapshot, snapshot_crc};
use crate::snapshot::Snapshot;
use std::sync::Arc;

/// Snapshots that are kept: the newest, and one to fall back on.
const KEPT: usize = 2;

/// A snapshot's head as it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The number of the message.
    sequence: u64,
    /// `None`: it is damaged.
    whole: Option<Whole>,
}

/// The newest sound snapshot. Errors: `Server`.
pub(super) fn newest(session: &Session) -> Result<Newest<Found>, JournalError> {
    let mut found = list(session)?;
    found.reverse();
    Newest::read(&session.log.name, found, |found| read(session, found))
}

/// Removes the heads of the damaged ones, so that none of them counts as one to fall back on.
pub(super) fn put_aside(session: &Session, newest: &Newest<Found>) -> Result<(), JournalError> {
    for found in newest.damaged() {
        let sequence = found.sequence;
        session.message(
            "put a damaged snapshot aside",
            session.log.snapshots(),
            move |stream| async move { Ok(stream.delete_message(sequence).await?) },
        )?;
    }
    Ok(())
}

/// All heads, the oldest first.
fn list(session: &Session) -> Result<Vec<Found>, JournalError> {
    let (mut found, mut from) = (Vec::new(), 1);
    while let Some(message) =
        session.first_of(session.log.snapshots(), session.log.snapshot_subject("whole"), from)?
    {
        found.push(Found { sequence: message.sequence, whole: Whole::decode(&message.payload) });
        from = message.sequence + 1;
    }
    Ok(found)
}

/// Reads a snapshot; or which it is and what is wrong with it. Errors: `Server`.
fn read(session: &Session, found: &Found) -> Result<Result<Snapshot, (Seq, Damage)>, JournalError> {
    let Some(whole) = found.whole else { return Ok(Err((Seq(found.sequence), Damage::Header))) };
    let mut state = Vec::new();
    for sequence in whole.first..found.sequence {
        let subject = session.log.snapshot_subject("chunk");
        let chunk = session.first_of(session.log.snapshots(), subject, sequence)?;
        match chunk.filter(|chunk| chunk.sequence == sequence) {
            Some(chunk) if (state.len() + chunk.payload.len()) as u64 <= whole.bytes => {
                state.extend(&chunk.payload[..])
            }
            _ => return Ok(Err((whole.at, Damage::Unfinished))),
        }
    }
    if state.len() as u64 != whole.bytes {
        return Ok(Err((whole.at, Damage::Unfinished)));
    }
    Ok(check_snapshot(whole.at, whole.format, state, whole.crc).map_err(|damage| (whole.at, damage)))
}

/// Writes chunks and head, with nothing between them. Errors: `Server`: then there may be chunks without a head, which count for nothing.
pub(super) fn insert(
    session: &Session,
    at: Seq,
    format: u16,
    state: &Arc<Vec<u8>>,
) -> Result<(), JournalError> {
    let (mut first, mut last) = (None, None);
    for chunk in state.chunks(session.message_bytes_max) {
        let sequence = session.publish(
            "write a snapshot",
            session.log.snapshot_subject("chunk"),
            chunk.to_vec(),
            last,
        )?;
        first = first.or(Some(sequence));
        last = Some(sequence);
    }
    let (bytes, crc) = (state.len() as u64, snapshot_crc(at, format, state));
    // Without a chunk it begins at itself, or behind it.
    let whole = Whole { at, format, bytes, crc, first: first.unwrap_or(u64::MAX) };
    session.publish("write a snapshot", session.log.snapshot_subject("whole"), whole.encode(), last)?;
    Ok(())
}

/// Removes snapshots before the one to fall back on, and gives the last record that it covers; with fewer than two nothing.
pub(super) fn sweep(session: &Session) -> Result<Option<Seq>, JournalError> {
    let mut wholes: Vec<Whole> = list(session)?.into_iter().filter_map(|found| found.whole).collect();
    // One that was written again stands for the same records.
    wholes.dedup_by_key(|whole| whole.at);
    let Some(kept) = wholes.len().checked_sub(KEPT).and_then(|oldest| wholes.get(oldest)) else {
        return Ok(None);
    };
    let before = kept.first;
    if before != u64::MAX {
        session.message("remove stale snapshots", session.log.snapshots(), move |stream| async move {
            Ok(stream.purge().sequence(before).await?)
        })?;
    }
    Ok(Some(kept.at))
}
