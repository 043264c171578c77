//! Which files a journal's directory holds and which of them count. Names carry the first or last record's number,
//! in twenty digits, so that a listing sorts as the journal reads.

use crate::Seq;
use crate::disk::Directory;
use crate::error::JournalError;
use std::path::PathBuf;

pub(crate) const SNAPSHOT_TMP: &str = "snapshot.tmp";
const SEGMENT_SUFFIX: &str = ".log";
const SNAPSHOT_SUFFIX: &str = ".snapshot";
/// What is put behind the name of a snapshot that was passed over, so that nobody takes it for a sound one.
pub(crate) const DAMAGED_SUFFIX: &str = ".damaged";

/// Snapshots that are kept: the newest, and one to fall back on.
const SNAPSHOTS_KEPT: usize = 2;

/// A segment file and the number of the record that it begins with, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentFile {
    pub(crate) first: Seq,
    pub(crate) path: PathBuf,
}

/// The files of a journal, told apart.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Oldest first.
    pub(crate) segments: Vec<SegmentFile>,
    /// Oldest first.
    pub(crate) snapshots: Vec<(Seq, PathBuf)>,
}

impl Layout {
    /// Lists the directory. Files of other names are not ours and are let be.
    pub(crate) fn read(dir: &Directory) -> Result<Layout, JournalError> {
        let mut layout = Layout::default();
        for name in dir.list()? {
            if let Some(first) = number(&name, SEGMENT_SUFFIX) {
                layout.segments.push(SegmentFile { first, path: dir.join(&name) });
            } else if let Some(at) = number(&name, SNAPSHOT_SUFFIX) {
                layout.snapshots.push((at, dir.join(&name)));
            }
        }
        Ok(layout)
    }

    /// Whether nothing was ever written, as far as the directory tells.
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.snapshots.is_empty()
    }

    /// The segments from the one on that holds the record after `covered`, or would.
    ///
    /// Errors: `Missing` when none does though there are some.
    pub(crate) fn after(self, dir: &Directory, covered: Seq) -> Result<Vec<SegmentFile>, JournalError> {
        let wanted = covered.next();
        let begun = self.segments.partition_point(|segment| segment.first <= wanted);
        if begun == 0 && (covered > Seq(0) || !self.is_empty()) {
            let found = self.segments.first().map_or(Seq(0), |segment| segment.first);
            return Err(JournalError::Missing { dir: dir.path().to_path_buf(), wanted, found });
        }
        Ok(self.segments.into_iter().skip(begun.saturating_sub(1)).collect())
    }

    /// What nobody will go back to: snapshots older than those kept, and the segments that the oldest of these covers wholly.
    pub(crate) fn stale(&self) -> Vec<PathBuf> {
        // With fewer snapshots the whole log is what could be gone back to.
        let Some(kept) = self.snapshots.len().checked_sub(SNAPSHOTS_KEPT) else { return Vec::new() };
        let oldest = self.snapshots[kept].0;
        let begun = self.segments.partition_point(|segment| segment.first <= oldest.next());
        let snapshots = self.snapshots[..kept].iter().map(|(_, path)| path);
        let segments = self.segments[..begun.saturating_sub(1)].iter().map(|segment| &segment.path);
        snapshots.chain(segments).cloned().collect()
    }
}

pub(crate) fn segment_path(dir: &Directory, first: Seq) -> PathBuf {
    dir.join(&format!("{:020}{SEGMENT_SUFFIX}", first.0))
}

pub(crate) fn snapshot_path(dir: &Directory, at: Seq) -> PathBuf {
    dir.join(&format!("{:020}{SNAPSHOT_SUFFIX}", at.0))
}

fn number(name: &str, suffix: &str) -> Option<Seq> {
    let digits = name.strip_suffix(suffix)?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok().map(Seq))
        .flatten()
}
