//! Snapshot files: one state, whole or not there at all. Written beside, synced, then renamed into place.

use crate::error::{Damage, JournalError, damaged, io_error};
use crate::format::{
    CRC_LEN, SNAPSHOT_HEADER_LEN, SNAPSHOT_MAGIC, SnapshotHeader, decode_snapshot_header,
    encode_snapshot_header, u32_at,
};
use crate::layout::{Layout, SNAPSHOT_TMP, snapshot_path, sync_dir};
use crate::{Durability, Seq, Stored};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// A state that stands for all records up to and including `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record that went into it.
    pub at: Seq,
    /// What was given.
    pub state: Stored,
}

pub(crate) fn write(
    dir: &Path,
    at: Seq,
    format: u16,
    state: &[u8],
    durability: Durability,
) -> Result<(), JournalError> {
    let tmp = dir.join(SNAPSHOT_TMP);
    let header = encode_snapshot_header(SnapshotHeader { at, format, state_len: state.len() as u64 });
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header), state);
    let mut file = File::create(&tmp).map_err(io_error(&tmp, "create the snapshot"))?;
    for part in [&header[..], state, &crc.to_le_bytes()] {
        file.write_all(part).map_err(io_error(&tmp, "write the snapshot"))?;
    }
    if durability == Durability::Fsync {
        file.sync_all().map_err(io_error(&tmp, "sync the snapshot"))?;
    }
    fs::rename(&tmp, snapshot_path(dir, at)).map_err(io_error(&tmp, "put the snapshot in its place"))?;
    match durability {
        Durability::Fsync => sync_dir(dir),
        Durability::None => Ok(()),
    }
}

/// The newest snapshot of a journal, read and checked.
pub(crate) fn newest(layout: &Layout) -> Result<Option<Snapshot>, JournalError> {
    layout.snapshot.as_ref().map(|(at, path)| read(path, *at)).transpose()
}

/// Reads and checks a snapshot whose name says `at`. It was renamed when whole, so any misfit is damage.
pub(crate) fn read(path: &Path, at: Seq) -> Result<Snapshot, JournalError> {
    let bytes = fs::read(path).map_err(io_error(path, "read the snapshot"))?;
    let Some((head, rest)) = bytes.split_first_chunk::<SNAPSHOT_HEADER_LEN>() else {
        return Err(damaged(path, 0, Damage::Unfinished));
    };
    let header = decode_snapshot_header(head).ok_or_else(|| damaged(path, 0, Damage::Header))?;
    if head[..SNAPSHOT_MAGIC.len()] != SNAPSHOT_MAGIC {
        return Err(damaged(path, 0, Damage::Magic));
    }
    if header.at != at {
        return Err(damaged(path, 0, Damage::Number));
    }
    let body = SNAPSHOT_HEADER_LEN as u64;
    if header.state_len.checked_add(CRC_LEN as u64) != Some(rest.len() as u64) {
        return Err(damaged(path, body, Damage::Unfinished));
    }
    let (state, crc) = rest.split_at(rest.len() - CRC_LEN);
    if crc32c::crc32c_append(crc32c::crc32c(head), state) != u32_at(crc, 0) {
        return Err(damaged(path, body, Damage::Payload));
    }
    Ok(Snapshot { at, state: Stored::new(header.format, state.to_vec()) })
}
