//! The one writer of a journal: opening with recovery, group commit, segments, snapshots and truncation.

use crate::disk::{DirLock, Directory};
use crate::error::JournalError;
use crate::format::{Chain, End, SEGMENT_HEADER_LEN, encode_record, record_len};
use crate::identity_file;
use crate::layout::{Layout, SNAPSHOT_TMP, SegmentFile};
use crate::open_segment::OpenSegment;
use crate::opened::Opened;
use crate::replay::Replay;
use crate::segment::SegmentReader;
use crate::snapshot::{Newest, Writing};
use crate::{Durability, Options, Seq, Warning};

// Appends that nobody commits go to the operating system in pieces of this size, so that memory stays bounded.
const BUFFER_BYTES: usize = 1 << 20;

/// A journal, open for writing by this process alone.
#[derive(Debug)]
pub struct Journal {
    dir: Directory,
    options: Options,
    // Goes with the process, however it ends.
    lock: Box<dyn DirLock>,
    segment: OpenSegment,
    buffer: Vec<u8>,
    end: End,
    durable: Durable,
    covered: Seq,
    poisoned: bool,
    // The snapshot of which a part is written.
    writing: Option<Writing>,
}

/// What a commit has made durable: where writing goes on after a failure.
#[derive(Debug)]
struct Durable {
    end: End,
    segment: SegmentFile,
    len: u64,
}

impl Journal {
    /// Opens the journal in `dir`, which is created when absent. Checks every record that the snapshot does not
    /// cover, drops a cut tail, passes over damaged snapshots, and removes what an interrupted snapshot left. The newest segment
    /// and the directory are synced: whatever is read afterwards is durable.
    ///
    /// Errors: `Locked`, `Damaged`, `Missing`, `Emptied`, `OtherJournal`, `Io`. After an error nothing was changed that was read.
    pub fn open(dir: impl Into<Directory>, options: Options) -> Result<Opened<Journal>, JournalError> {
        let dir = dir.into();
        dir.make()?;
        let lock = dir.lock()?;
        let layout = Layout::read(&dir)?;
        let (begun, known) = (layout.is_empty(), identity_file::check(&dir, &layout, options.wanted)?);
        let newest = Newest::read(&dir, &layout)?;
        let checked = check_log(&dir, layout, newest.covered());
        let (newest, log) = newest.refuse_loss(checked, |log| log.last)?;
        let mut warnings: Vec<Warning> = newest.warnings().chain(log.warnings).collect();
        let covered = newest.covered();
        let durability = options.durability;
        let (segment, end) = recover_tail(&dir, log.end, (covered, durability), &mut warnings)?;
        let identity = known.unwrap_or(options.begin_as);
        if known.is_none() {
            identity_file::write(&dir, identity, durability)?;
        }
        newest.put_aside(&dir)?;
        if durability == Durability::Fsync {
            dir.sync()?;
        }
        let durable = Durable { end, segment: segment.file(), len: segment.len };
        let (buffer, poisoned, writing, snapshot) = (Vec::new(), false, None, newest.snapshot);
        let journal =
            Journal { dir, options, lock, segment, buffer, end, durable, covered, poisoned, writing };
        journal.sweep()?;
        Ok(Opened { journal, snapshot, warnings, identity, begun })
    }

    /// Reads the records after `after` in order, one at a time. Needs no lock and may run beside the writer, where it
    /// ends at the last whole record it meets.
    ///
    /// Errors: `Io`, and `Missing` when a truncation took the record after `after` away. The iterator's own errors:
    /// `Damaged`, `Missing`, `Io`; it ends after the first.
    pub fn replay(dir: impl Into<Directory>, after: Seq) -> Result<Replay, JournalError> {
        Replay::new(&dir.into(), after)
    }

    /// Reads all records that the files hold, from the oldest on. Errors: as [`Journal::replay`].
    pub fn replay_all(dir: impl Into<Directory>) -> Result<Replay, JournalError> {
        let dir = dir.into();
        let segments = Layout::read(&dir)?.segments;
        Ok(Replay::over(&dir, segments, Seq(0)))
    }

    /// Takes a record in and gives it its number. It is remembered only when [`Journal::commit`] has returned.
    ///
    /// Errors: `TooLarge`, after which the journal goes on; `Io`, after which it is `Poisoned`.
    pub fn append(&mut self, format: u16, payload: &[u8]) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        let max = self.options.payload_bytes_max;
        if payload.len() > max {
            return Err(JournalError::TooLarge { bytes: payload.len(), max });
        }
        let len = record_len(payload.len());
        if self.segment.len > SEGMENT_HEADER_LEN as u64 && self.segment.len + len > self.options.segment_bytes
        {
            self.poison_on_error(Journal::start_segment)?;
        } else if self.buffer.len() > BUFFER_BYTES {
            self.poison_on_error(Journal::write_buffer)?;
        }
        let seq = self.end.last.next();
        let chain = encode_record(&mut self.buffer, self.end.chain, seq, format, payload);
        self.segment.len += len;
        self.end = End { last: seq, chain };
        Ok(seq)
    }

    /// Makes everything appended so far durable, in one write and one sync, and returns the last number.
    ///
    /// Errors: `Io`, after which the journal is `Poisoned`: after a failed sync nobody knows what the disk holds. `Gone`, when
    /// what was written is where nobody will find it.
    pub fn commit(&mut self) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        if self.committed() < self.end.last {
            self.poison_on_error(Journal::flush)?;
        }
        Ok(self.end.last)
    }

    /// Whether an earlier write failed: nothing is taken until [`Journal::recover`] has succeeded.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// After a failed write: drops what was appended since the last commit, on disk too, and goes on behind what is durable. The
    /// records that were dropped may be appended again, with the same numbers.
    ///
    /// Errors: `Io`, `Gone`; the journal stays `Poisoned`.
    pub fn recover(&mut self) -> Result<(), JournalError> {
        self.poisoned = true;
        self.check_place()?;
        let Durable { end, segment, len } = &self.durable;
        for later in Layout::read(&self.dir)?.segments {
            // It was begun and never committed to: all that was committed lies before it.
            if later.first > segment.first {
                self.dir.remove(&later.path)?;
            }
        }
        // By the descriptor that is open: there may be no other to be had.
        self.segment.cut_back(*len, self.options.durability)?;
        if self.options.durability == Durability::Fsync {
            self.dir.sync()?;
        }
        self.end = *end;
        self.buffer.clear();
        self.poisoned = false;
        Ok(())
    }

    /// Commits, keeps `state` as standing for all records up to `at`, and removes what the snapshot before it covers wholly.
    ///
    /// Errors: `SnapshotOutOfRange`; `Io`, after which the journal goes on with the snapshots it had, or with the new
    /// one if that was already in its place.
    pub fn snapshot(&mut self, at: Seq, format: u16, state: &[u8]) -> Result<(), JournalError> {
        self.snapshot_piece(at, format, state, usize::MAX).map(drop)
    }

    /// Commits, and writes at most so many bytes more of what [`Journal::snapshot`] writes at once. Returns whether it is in its place; until
    /// then it is to be asked again with the same state. Another `at` begins anew.
    ///
    /// Errors: as there; the pieces before are gone then.
    pub fn snapshot_piece(
        &mut self,
        at: Seq,
        format: u16,
        state: &[u8],
        bytes_max: usize,
    ) -> Result<bool, JournalError> {
        // After whatever error the next one begins afresh.
        let begun = self.writing.take().filter(|writing| writing.at == at);
        let last = self.end.last;
        if at > last || at < self.covered {
            let (dir, snapshot) = (self.dir.path().to_path_buf(), self.covered);
            return Err(JournalError::SnapshotOutOfRange { dir, at, snapshot, last });
        }
        self.commit()?;
        self.check_place()?;
        let (dir, durability) = (&self.dir, self.options.durability);
        let begun = begun.map_or_else(|| Writing::begin(dir, at, format, state.len() as u64), Ok);
        let written = begun.and_then(|mut writing| {
            let whole = writing.go_on(dir, state, bytes_max, durability)?;
            Ok(Some(writing).filter(|_| !whole))
        });
        // What there is of it takes room from the log.
        self.writing = written.inspect_err(|_| _ = dir.remove(&dir.join(SNAPSHOT_TMP)))?;
        let whole = self.writing.is_none();
        if whole {
            self.covered = at;
            self.sweep()?;
        }
        Ok(whole)
    }

    /// The longest payload that is taken.
    pub fn payload_bytes_max(&self) -> usize {
        self.options.payload_bytes_max
    }

    /// The number of the last record appended, committed or not; 0 when there is none.
    pub fn last(&self) -> Seq {
        self.end.last
    }

    /// The number of the last record that a commit covers; 0 when there is none.
    pub fn committed(&self) -> Seq {
        self.durable.end.last
    }

    /// Where it is.
    pub fn directory(&self) -> &Directory {
        &self.dir
    }

    /// Whether directory and segment are still where others will look for them. Errors: `Gone`, `Io`.
    pub fn check_place(&self) -> Result<(), JournalError> {
        if self.lock.is_in_place().map_err(self.segment.fail("look for"))? && self.segment.has_name()? {
            return Ok(());
        }
        Err(JournalError::Gone { dir: self.dir.path().to_path_buf() })
    }

    fn refuse_poisoned(&self) -> Result<(), JournalError> {
        if self.poisoned {
            Err(JournalError::Poisoned { dir: self.dir.path().to_path_buf() })
        } else {
            Ok(())
        }
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
        self.segment.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        self.write_buffer()?;
        if self.options.durability == Durability::Fsync {
            self.segment.sync()?;
            self.check_place()?;
        }
        self.durable = Durable { end: self.end, segment: self.segment.file(), len: self.segment.len };
        Ok(())
    }

    /// Closes the segment whole before the next one exists, so that only the newest can ever be cut.
    fn start_segment(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        let End { last, chain } = self.end;
        self.segment = OpenSegment::create(&self.dir, last.next(), chain, self.options.durability)?;
        self.durable = Durable { end: self.end, segment: self.segment.file(), len: self.segment.len };
        Ok(())
    }

    /// Removes what nobody will go back to and what an interrupted snapshot left behind.
    fn sweep(&self) -> Result<(), JournalError> {
        if self.dir.list()?.iter().any(|name| name == SNAPSHOT_TMP) {
            self.dir.remove(&self.dir.join(SNAPSHOT_TMP))?;
        }
        self.dir.remove_in_order(Layout::read(&self.dir)?.stale(), self.options.durability)
    }
}

/// The log behind a snapshot, after every record of it was read.
struct CheckedLog {
    end: Option<SegmentReader>,
    /// 0 for none.
    last: Seq,
    warnings: Vec<Warning>,
}

fn check_log(dir: &Directory, layout: Layout, covered: Seq) -> Result<CheckedLog, JournalError> {
    let mut replay = Replay::over(dir, layout.after(dir, covered)?, Seq(0));
    for record in &mut replay {
        record?;
    }
    let warnings = replay.warnings().to_vec();
    let end = replay.into_end();
    let last = end.as_ref().map_or(Seq(0), |end| Seq(end.next_seq().0 - 1));
    Ok(CheckedLog { end, last, warnings })
}

/// Opens the segment that writing goes on in, and says behind which record.
fn recover_tail(
    dir: &Directory,
    log: Option<SegmentReader>,
    (covered, durability): (Seq, Durability),
    warnings: &mut Vec<Warning>,
) -> Result<(OpenSegment, End), JournalError> {
    let begin_after = |end: End| Ok((OpenSegment::create(dir, end.last.next(), end.chain, durability)?, end));
    let fresh = End::after(covered);
    let Some(log) = log else { return begin_after(fresh) };
    let end = End { last: Seq(log.next_seq().0 - 1), chain: log.chain() };
    if end.last < covered {
        warnings.push(Warning::LogBehindSnapshot { last: end.last, snapshot: covered });
        let begun = begin_after(fresh)?;
        forget_before(dir, covered, durability)?;
        return Ok(begun);
    }
    if log.offset() == 0 {
        let chain = chain_before(dir, log.first())?.unwrap_or(end.chain);
        return begin_after(End { chain, ..end });
    }
    let file = SegmentFile { first: log.first(), path: log.path().to_path_buf() };
    Ok((OpenSegment::reopen(dir, &file, log.offset(), durability)?, end))
}

/// What the segment before this one ends with, though a snapshot covers it: whoever goes back to an older snapshot reads both.
/// `None`: there is none, or it is not whole.
fn chain_before(dir: &Directory, first: Seq) -> Result<Option<Chain>, JournalError> {
    let before = Layout::read(dir)?.segments.into_iter().rfind(|segment| segment.first < first);
    let mut replay = Replay::over(dir, before.into_iter().collect(), Seq(0));
    let whole = replay.by_ref().all(|record| record.is_ok());
    let end = replay.into_end().filter(|end| whole && end.next_seq() == first);
    Ok(end.map(|end| end.chain()))
}

/// The log has a gap before what follows the snapshot: nobody can go on from an older one any more.
fn forget_before(dir: &Directory, covered: Seq, durability: Durability) -> Result<(), JournalError> {
    let Layout { segments, snapshots } = Layout::read(dir)?;
    let older = snapshots.into_iter().filter(|(at, _)| *at < covered).map(|(_, path)| path);
    let segments = segments.into_iter().filter(|segment| segment.first <= covered);
    dir.remove_in_order(older.chain(segments.map(|segment| segment.path)), durability)
}
