//! Snapshot files: one state, whole or not there at all. Written beside, in pieces between which records become durable, each of them synced,
//! then renamed into place.

use crate::disk::{Directory, DiskFile};
use crate::error::{Damage, JournalError, damaged, io_error};
use crate::format::{
    CRC_LEN, SNAPSHOT_HEADER_LEN, SNAPSHOT_MAGIC, SnapshotHeader, decode_snapshot_header,
    encode_snapshot_header, u32_at,
};
use crate::layout::{DAMAGED_SUFFIX, Layout, SNAPSHOT_TMP, snapshot_path};
use crate::{Durability, Seq, Stored, Warning};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A state that stands for all records up to and including `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record that went into it.
    pub at: Seq,
    /// What was given.
    pub state: Stored,
}

impl Snapshot {
    /// The newest sound one in a directory. Errors: `Io`.
    pub(crate) fn newest(dir: &Directory) -> Result<Option<Snapshot>, JournalError> {
        Ok(Newest::read(dir, &Layout::read(dir)?)?.snapshot)
    }
}

/// A snapshot of which a part is written.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) at: Seq,
    file: Box<dyn DiskFile>,
    /// Bytes of the state that are written, and the checksum up to there.
    written: usize,
    crc: u32,
}

impl Writing {
    /// Begins one, in the place of any that was not finished. Errors: `Io`.
    pub(crate) fn begin(dir: &Directory, at: Seq, format: u16, state_len: u64) -> Result<Self, JournalError> {
        let tmp = dir.join(SNAPSHOT_TMP);
        let header = encode_snapshot_header(SnapshotHeader { at, format, state_len });
        let mut file = dir.disk().create(&tmp).map_err(io_error(&tmp, "create the snapshot"))?;
        file.write_all(&header).map_err(io_error(&tmp, "write the snapshot"))?;
        Ok(Self { at, file, written: 0, crc: crc32c::crc32c(&header) })
    }

    /// Writes at most so many bytes more of the state. Returns whether that was the last of it, and it is in its place. Errors: `Io`.
    pub(crate) fn go_on(
        &mut self,
        dir: &Directory,
        state: &[u8],
        bytes_max: usize,
        durability: Durability,
    ) -> Result<bool, JournalError> {
        let tmp = dir.join(SNAPSHOT_TMP);
        let rest = &state[self.written..];
        let piece = &rest[..bytes_max.min(rest.len())];
        self.crc = crc32c::crc32c_append(self.crc, piece);
        self.written += piece.len();
        let whole = self.written == state.len();
        let crc = self.crc.to_le_bytes();
        for part in [piece, if whole { &crc } else { &[] }] {
            self.file.write_all(part).map_err(io_error(&tmp, "write the snapshot"))?;
        }
        // Each piece, not all at the end: a sync of everything holds up the records behind it for as long as the disk takes for it.
        if durability == Durability::Fsync {
            self.file.sync().map_err(io_error(&tmp, "sync the snapshot"))?;
        }
        if !whole {
            return Ok(false);
        }
        let place = snapshot_path(dir, self.at);
        dir.disk().rename(&tmp, &place).map_err(io_error(&tmp, "put the snapshot in its place"))?;
        match durability {
            Durability::Fsync => dir.sync().map(|()| true),
            Durability::None => Ok(true),
        }
    }
}

/// Writes one whole. Errors: `Io`.
pub(crate) fn write(
    dir: &Directory,
    at: Seq,
    format: u16,
    state: &[u8],
    durability: Durability,
) -> Result<(), JournalError> {
    let mut writing = Writing::begin(dir, at, format, state.len() as u64)?;
    writing.go_on(dir, state, usize::MAX, durability).map(drop)
}

/// The newest sound snapshot, and newer ones that are damaged.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    pub(crate) snapshot: Option<Snapshot>,
    /// The newest first, each with what is wrong with it.
    passed_over: Vec<(Seq, PathBuf, JournalError)>,
}

impl Newest {
    /// Reads snapshots, from the newest on, until one is sound. Errors: `Io`; what cannot be read now may be sound.
    pub(crate) fn read(dir: &Directory, layout: &Layout) -> Result<Newest, JournalError> {
        let mut newest = Newest::default();
        for (at, path) in layout.snapshots.iter().rev() {
            match read(dir, path, *at) {
                Ok(snapshot) => {
                    newest.snapshot = Some(snapshot);
                    break;
                }
                Err(error @ JournalError::Damaged { .. }) => {
                    newest.passed_over.push((*at, path.clone(), error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(newest)
    }

    /// The last record that the sound snapshot covers; 0 without one.
    pub(crate) fn covered(&self) -> Seq {
        self.snapshot.as_ref().map_or(Seq(0), |snapshot| snapshot.at)
    }

    /// Whether the log holds what the damaged snapshots said, so that they can be done without.
    ///
    /// Errors: what is wrong with the newest of them, if that is the only place of some record. A log that begins too late
    /// shows the same.
    pub(crate) fn refuse_loss<T>(
        self,
        log: Result<T, JournalError>,
        last: impl Fn(&T) -> Seq,
    ) -> Lossless<T> {
        let Some((damaged_at, ..)) = self.passed_over.first() else { return log.map(|log| (self, log)) };
        match log {
            Ok(log) if last(&log) >= *damaged_at => Ok((self, log)),
            Ok(_) | Err(JournalError::Missing { .. }) => {
                let mut damaged = self.passed_over;
                Err(damaged.swap_remove(0).2)
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let used = self.covered();
        self.passed_over.iter().map(move |(_, path, error)| Warning::SnapshotPassedOver {
            snapshot: path.clone(),
            why: error.to_string(),
            used,
        })
    }

    /// Puts the damaged ones aside under another name.
    pub(crate) fn put_aside(&self, dir: &Directory) -> Result<(), JournalError> {
        for (_, path, _) in &self.passed_over {
            let mut aside = path.clone().into_os_string();
            aside.push(DAMAGED_SUFFIX);
            let renamed = dir.disk().rename(path, Path::new(&aside));
            renamed.map_err(io_error(path, "put the damaged snapshot aside"))?;
        }
        Ok(())
    }
}

/// What the log gave, and the snapshots.
type Lossless<T> = Result<(Newest, T), JournalError>;

/// Reads and checks a snapshot whose name says `at`. It was renamed when whole, so any misfit is damage.
fn read(dir: &Directory, path: &Path, at: Seq) -> Result<Snapshot, JournalError> {
    let fail = "read the snapshot";
    let (mut file, len) = dir.disk().read(path).map_err(io_error(path, fail))?;
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
    file.read_to_end(&mut bytes).map_err(io_error(path, fail))?;
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
