//! A read-only check of a whole journal, for the command line and for tests.

use crate::disk::Directory;
use crate::error::JournalError;
use crate::identity::Identity;
use crate::identity_file;
use crate::layout::Layout;
use crate::replay::Replay;
use crate::snapshot::Newest;
use crate::{Seq, Warning};
use std::collections::BTreeSet;

/// What a journal holds, after every byte of it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which journal it is. `None`: it has no name yet, and gets one when it is opened.
    pub identity: Option<Identity>,
    /// Records in the segments.
    pub records: u64,
    /// The first of them; one past `last` when there is none.
    pub first: Seq,
    /// The last of them, or the last that the snapshot covers if that is later.
    pub last: Seq,
    /// The last record that the newest sound snapshot covers.
    pub snapshot: Option<Seq>,
    /// The formats that records are marked with.
    pub formats: BTreeSet<u16>,
    /// The format that the snapshot is marked with.
    pub snapshot_format: Option<u16>,
    /// Bytes of the segments, without a cut tail.
    pub bytes: u64,
    /// What opening would put right.
    pub warnings: Vec<Warning>,
}

/// Checks every record and the newest snapshot, and changes nothing.
///
/// Errors: as [`crate::Journal::open`], but for the lock, which is not needed.
pub fn verify(dir: impl Into<Directory>) -> Result<Verified, JournalError> {
    let dir = dir.into();
    let layout = Layout::read(&dir)?;
    let identity = identity_file::check(&dir, &layout, None)?;
    let newest = Newest::read(&dir, &layout)?;
    let covered = newest.covered();
    let first = layout.segments.first().map_or(covered.next(), |segment| segment.first);
    let read = read_log(&dir, layout, covered, first);
    let (newest, log) = newest.refuse_loss(read, |log| log.last)?;
    let mut warnings: Vec<Warning> = newest.warnings().chain(log.replay.warnings().to_vec()).collect();
    if log.last < covered {
        warnings.push(Warning::LogBehindSnapshot { last: log.last, snapshot: covered });
    }
    Ok(Verified {
        identity,
        records: log.records,
        first,
        last: log.last.max(covered),
        snapshot: newest.snapshot.as_ref().map(|snapshot| snapshot.at),
        formats: log.formats,
        snapshot_format: newest.snapshot.map(|snapshot| snapshot.state.format()),
        bytes: log.replay.bytes(),
        warnings,
    })
}

/// All segments, read to their end.
struct Log {
    replay: Replay,
    records: u64,
    formats: BTreeSet<u16>,
    last: Seq,
}

fn read_log(dir: &Directory, layout: Layout, covered: Seq, first: Seq) -> Result<Log, JournalError> {
    let segments = layout.segments.clone();
    // What follows the snapshot must be there; what it covers may be kept beside it.
    layout.after(dir, covered)?;
    let mut replay = Replay::over(dir, segments, Seq(0));
    let (mut records, mut formats) = (0, BTreeSet::new());
    for record in &mut replay {
        formats.insert(record?.payload.format());
        records += 1;
    }
    Ok(Log { replay, records, formats, last: Seq(first.0 + records - 1) })
}
