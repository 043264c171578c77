//! The one writer of a journal: opening with recovery, group commit, segments, snapshots and truncation.

use crate::error::{JournalError, io_error};
use crate::format::{
    Chain, SEGMENT_HEADER_LEN, SegmentHeader, encode_record, encode_segment_header, record_len,
};
use crate::layout::{self, LOCK, SNAPSHOT_TMP, segment_path, sync_dir};
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::replay::Replay;
use crate::segment::SegmentReader;
use crate::snapshot::{self, Snapshot};
use crate::{Durability, Options, Seq, Warning};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

// Appends that nobody commits go to the operating system in pieces of this size, so that memory stays bounded.
const BUFFER_BYTES: usize = 1 << 20;

/// A journal, open for writing by this process alone.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    options: Options,
    // Held for its lock, which the operating system lets go when the process ends, however it ends.
    _lock: File,
    segment: Segment,
    buffer: Vec<u8>,
    last: Seq,
    committed: Seq,
    chain: Chain,
    covered: Seq,
    poisoned: bool,
}

/// The segment that is written to.
#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: File,
    /// Bytes including those still in the buffer.
    len: u64,
}

/// What [`Journal::open`] found.
#[derive(Debug)]
pub struct Opened {
    /// The journal, ready for the next record.
    pub journal: Journal,
    /// The newest snapshot; [`Journal::replay`] after its `at` gives the rest.
    pub snapshot: Option<Snapshot>,
    /// What recovery put right. Log it.
    pub warnings: Vec<Warning>,
}

impl Journal {
    /// Opens the journal in `dir`, which is created when absent. Checks every record that the snapshot does not
    /// cover, drops a cut tail, and removes what an interrupted snapshot left.
    ///
    /// Errors: `Locked`, `Damaged`, `Missing`, `Io`. After an error nothing was changed but the lock file's presence.
    pub fn open(dir: &Path, options: Options) -> Result<Opened, JournalError> {
        fs::create_dir_all(dir).map_err(io_error(dir, "create the directory"))?;
        let lock = lock(dir)?;
        let layout = layout::read(dir)?;
        let snapshot = snapshot::newest(&layout)?;
        let covered = layout.covered();
        let mut replay = Replay::over(layout.live, Seq(0));
        for record in &mut replay {
            record?;
        }
        let mut warnings = replay.warnings().to_vec();
        let Tail { segment, last, chain } = recover_tail(dir, replay.into_end(), covered, &mut warnings)?;
        sweep(dir)?;
        let journal = Journal {
            dir: dir.to_path_buf(),
            options,
            _lock: lock,
            segment,
            buffer: Vec::new(),
            last,
            committed: last,
            chain,
            covered,
            poisoned: false,
        };
        Ok(Opened { journal, snapshot, warnings })
    }

    /// Reads the records after `after` in order, one at a time. Needs no lock and may run beside the writer, where it
    /// ends at the last whole record it meets.
    ///
    /// Errors: `Io`, and `Missing` when a truncation took the record after `after` away. The iterator's own errors:
    /// `Damaged`, `Missing`, `Io`; it ends after the first.
    pub fn replay(dir: &Path, after: Seq) -> Result<Replay, JournalError> {
        Replay::new(dir, after)
    }

    /// Reads all records that the files hold, from the oldest on. Errors: as [`Journal::replay`].
    pub fn replay_all(dir: &Path) -> Result<Replay, JournalError> {
        Ok(Replay::over(layout::read(dir)?.live, Seq(0)))
    }

    /// Takes a record in and gives it its number. It is remembered only when [`Journal::commit`] has returned.
    ///
    /// Errors: `TooLarge`, after which the journal goes on; `Io`, after which it is `Poisoned`.
    pub fn append(&mut self, format: u16, payload: &[u8]) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(JournalError::TooLarge { bytes: payload.len(), max: PAYLOAD_BYTES_MAX });
        }
        let len = record_len(payload.len());
        if self.segment.len > SEGMENT_HEADER_LEN as u64 && self.segment.len + len > self.options.segment_bytes
        {
            self.poison_on_error(Journal::start_segment)?;
        } else if self.buffer.len() > BUFFER_BYTES {
            self.poison_on_error(Journal::write_buffer)?;
        }
        let seq = self.last.next();
        self.chain = encode_record(&mut self.buffer, self.chain, seq, format, payload);
        self.segment.len += len;
        self.last = seq;
        Ok(seq)
    }

    /// Makes everything appended so far durable, in one write and one sync, and returns the last number.
    ///
    /// Errors: `Io`, after which the journal is `Poisoned`: after a failed sync nobody knows what the disk holds.
    pub fn commit(&mut self) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        if self.committed < self.last {
            self.poison_on_error(Journal::flush)?;
        }
        Ok(self.last)
    }

    /// Commits, keeps `state` as standing for all records up to `at`, and removes the segments that it covers wholly.
    ///
    /// Errors: `SnapshotOutOfRange`; `Io`, after which the journal goes on with the snapshot it had, or with the new
    /// one if that was already in its place.
    pub fn snapshot(&mut self, at: Seq, format: u16, state: &[u8]) -> Result<(), JournalError> {
        if at > self.last || at < self.covered {
            let (dir, snapshot, last) = (self.dir.clone(), self.covered, self.last);
            return Err(JournalError::SnapshotOutOfRange { dir, at, snapshot, last });
        }
        self.commit()?;
        snapshot::write(&self.dir, at, format, state, self.options.durability)?;
        self.covered = at;
        sweep(&self.dir)
    }

    /// The number of the last record appended, committed or not; 0 when there is none.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// The number of the last record that a commit covers; 0 when there is none.
    pub fn committed(&self) -> Seq {
        self.committed
    }

    fn refuse_poisoned(&self) -> Result<(), JournalError> {
        if self.poisoned { Err(JournalError::Poisoned { dir: self.dir.clone() }) } else { Ok(()) }
    }

    fn poison_on_error(
        &mut self,
        act: impl FnOnce(&mut Journal) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let result = act(self);
        self.poisoned |= result.is_err();
        result
    }

    fn write_buffer(&mut self) -> Result<(), JournalError> {
        self.segment.file.write_all(&self.buffer).map_err(io_error(&self.segment.path, "write records"))?;
        self.buffer.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        self.write_buffer()?;
        if self.options.durability == Durability::Fsync {
            self.segment.file.sync_data().map_err(io_error(&self.segment.path, "sync records"))?;
        }
        self.committed = self.last;
        Ok(())
    }

    /// Closes the segment whole before the next one exists, so that only the newest can ever be cut.
    fn start_segment(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        self.segment = create_segment(&self.dir, self.last.next(), self.chain, self.options.durability)?;
        Ok(())
    }
}

fn lock(dir: &Path) -> Result<File, JournalError> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io_error(&path, "open the lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked { dir: dir.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(io_error(&path, "take the lock")(source)),
    }
}

/// Where writing goes on.
struct Tail {
    segment: Segment,
    last: Seq,
    chain: Chain,
}

fn recover_tail(
    dir: &Path,
    end: Option<SegmentReader>,
    covered: Seq,
    warnings: &mut Vec<Warning>,
) -> Result<Tail, JournalError> {
    let Some(end) = end else { return start_tail(dir, covered) };
    let last = Seq(end.next_seq().0 - 1);
    if last < covered {
        warnings.push(Warning::LogBehindSnapshot { last, snapshot: covered });
        return start_tail(dir, covered);
    }
    let chain = end.chain();
    let segment = if end.offset() == 0 {
        create_segment(dir, last.next(), chain, Durability::Fsync)?
    } else {
        reopen_segment(end.path(), end.offset())?
    };
    Ok(Tail { segment, last, chain })
}

/// A fresh segment after the snapshot, or for a new journal.
fn start_tail(dir: &Path, covered: Seq) -> Result<Tail, JournalError> {
    let segment = create_segment(dir, covered.next(), Chain::START, Durability::Fsync)?;
    Ok(Tail { segment, last: covered, chain: Chain::START })
}

fn create_segment(
    dir: &Path,
    first: Seq,
    before: Chain,
    durability: Durability,
) -> Result<Segment, JournalError> {
    let path = segment_path(dir, first);
    let mut file = File::create(&path).map_err(io_error(&path, "create the segment"))?;
    let header = encode_segment_header(SegmentHeader { first, before });
    file.write_all(&header).map_err(io_error(&path, "write the segment's header"))?;
    if durability == Durability::Fsync {
        file.sync_all().map_err(io_error(&path, "sync the segment"))?;
        sync_dir(dir)?;
    }
    Ok(Segment { path, file, len: header.len() as u64 })
}

/// Opens the newest segment for appending after its last whole record, and drops what lies behind that.
fn reopen_segment(path: &Path, len: u64) -> Result<Segment, JournalError> {
    let file = OpenOptions::new().append(true).open(path).map_err(io_error(path, "open the segment"))?;
    let found = file.metadata().map_err(io_error(path, "measure the segment"))?.len();
    if found > len {
        file.set_len(len).map_err(io_error(path, "drop the cut tail"))?;
        file.sync_all().map_err(io_error(path, "sync the segment"))?;
    }
    Ok(Segment { path: path.to_path_buf(), file, len })
}

/// Removes what the snapshot covers and what an interrupted snapshot left behind.
fn sweep(dir: &Path) -> Result<(), JournalError> {
    let tmp = dir.join(SNAPSHOT_TMP);
    if tmp.exists() {
        layout::remove(&tmp)?;
    }
    layout::read(dir)?.stale.iter().try_for_each(|path| layout::remove(path))
}
