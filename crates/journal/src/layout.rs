//! Which files a journal's directory holds and which of them count. Names carry the first or last record's number,
//! in twenty digits, so that a listing sorts as the journal reads.

use crate::Seq;
use crate::error::{JournalError, io_error};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub(crate) const LOCK: &str = "lock";
pub(crate) const SNAPSHOT_TMP: &str = "snapshot.tmp";
const SEGMENT_SUFFIX: &str = ".log";
const SNAPSHOT_SUFFIX: &str = ".snapshot";

/// A segment file and the number of the record that it begins with, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentFile {
    pub(crate) first: Seq,
    pub(crate) path: PathBuf,
}

/// The files of a journal, told apart.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The segments that hold records after the snapshot, or would: oldest first.
    pub(crate) live: Vec<SegmentFile>,
    /// The newest snapshot.
    pub(crate) snapshot: Option<(Seq, PathBuf)>,
    /// What an interrupted truncation left behind; the snapshot covers all of it.
    pub(crate) stale: Vec<PathBuf>,
}

impl Layout {
    /// The last record that the snapshot covers; 0 without one.
    pub(crate) fn covered(&self) -> Seq {
        self.snapshot.as_ref().map_or(Seq(0), |(at, _)| *at)
    }
}

pub(crate) fn segment_path(dir: &Path, first: Seq) -> PathBuf {
    dir.join(format!("{:020}{SEGMENT_SUFFIX}", first.0))
}

pub(crate) fn snapshot_path(dir: &Path, at: Seq) -> PathBuf {
    dir.join(format!("{:020}{SNAPSHOT_SUFFIX}", at.0))
}

/// Lists the directory. Files of other names are not ours and are let be.
///
/// Errors: `Io`, and `Missing` when no segment holds the record after the snapshot, or record 1 without one.
pub(crate) fn read(dir: &Path) -> Result<Layout, JournalError> {
    let (segments, mut snapshots) = list(dir)?;
    let mut layout = Layout { snapshot: snapshots.pop(), ..Layout::default() };
    layout.stale.extend(snapshots.into_iter().map(|(_, path)| path));
    split_segments(dir, segments, &mut layout)?;
    Ok(layout)
}

/// Keeps the segments from the last one that begins at or before the record after the snapshot.
fn split_segments(dir: &Path, segments: Vec<SegmentFile>, layout: &mut Layout) -> Result<(), JournalError> {
    if segments.is_empty() && layout.snapshot.is_none() {
        return Ok(());
    }
    let wanted = layout.covered().next();
    let begun = segments.partition_point(|segment| segment.first <= wanted);
    if begun == 0 {
        let found = segments.first().map_or(Seq(0), |segment| segment.first);
        return Err(JournalError::Missing { dir: dir.to_path_buf(), wanted, found });
    }
    for (row, segment) in segments.into_iter().enumerate() {
        if row + 1 < begun {
            layout.stale.push(segment.path);
        } else {
            layout.live.push(segment);
        }
    }
    Ok(())
}

type Listing = (Vec<SegmentFile>, Vec<(Seq, PathBuf)>);

fn list(dir: &Path) -> Result<Listing, JournalError> {
    let mut segments = Vec::new();
    let mut snapshots = Vec::new();
    for entry in fs::read_dir(dir).map_err(io_error(dir, "list the directory"))? {
        let entry = entry.map_err(io_error(dir, "list the directory"))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(first) = number(name, SEGMENT_SUFFIX) {
            segments.push(SegmentFile { first, path: entry.path() });
        } else if let Some(at) = number(name, SNAPSHOT_SUFFIX) {
            snapshots.push((at, entry.path()));
        }
    }
    segments.sort_by_key(|segment| segment.first);
    snapshots.sort();
    Ok((segments, snapshots))
}

fn number(name: &str, suffix: &str) -> Option<Seq> {
    let digits = name.strip_suffix(suffix)?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok().map(Seq))
        .flatten()
}

/// Makes names that were created, renamed or removed in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(io_error(dir, "sync the directory"))
}

pub(crate) fn remove(path: &Path) -> Result<(), JournalError> {
    fs::remove_file(path).map_err(io_error(path, "remove the file"))
}
