//! A read-only check of a whole journal, for the command line and for tests.

use crate::error::JournalError;
use crate::replay::Replay;
use crate::{Seq, Warning};
use crate::{layout, snapshot};
use std::collections::BTreeSet;
use std::path::Path;

/// What a journal holds, after every byte of it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records in the segments.
    pub records: u64,
    /// The first of them; one past `last` when there is none.
    pub first: Seq,
    /// The last of them, or the last that the snapshot covers if that is later.
    pub last: Seq,
    /// The last record that the snapshot covers.
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

/// Checks every record and the snapshot, and changes nothing.
///
/// Errors: as [`crate::Journal::open`], but for the lock, which is not needed.
pub fn verify(dir: &Path) -> Result<Verified, JournalError> {
    let layout = layout::read(dir)?;
    let covered = layout.covered();
    let snapshot = snapshot::newest(&layout)?;
    let snapshot_format = snapshot.as_ref().map(|snapshot| snapshot.state.format());
    let first = layout.live.first().map_or(covered.next(), |segment| segment.first);
    let mut replay = Replay::over(layout.live, Seq(0));
    let (mut records, mut formats) = (0, BTreeSet::new());
    for record in &mut replay {
        formats.insert(record?.payload.format());
        records += 1;
    }
    let log_last = Seq(first.0 + records - 1);
    let mut warnings = replay.warnings().to_vec();
    if log_last < covered {
        warnings.push(Warning::LogBehindSnapshot { last: log_last, snapshot: covered });
    }
    Ok(Verified {
        records,
        first,
        last: log_last.max(covered),
        snapshot: snapshot.map(|snapshot| snapshot.at),
        formats,
        snapshot_format,
        bytes: replay.bytes(),
        warnings,
    })
}
