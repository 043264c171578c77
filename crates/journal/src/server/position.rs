//! Where a reader is in a log's chain: which record comes next, what it must follow, and where the log ended when reading began.

use super::sealed::Sealed;
use crate::error::Damage;
use crate::format::{Chain, End};
use crate::{Record, Seq};

/// Moves on by a record that is what was appended.
#[derive(Debug)]
pub(crate) struct Position {
    /// The record that comes next.
    pub(crate) next: Seq,
    /// The checksum of the record before it, where that is known.
    before: Option<Chain>,
    end: End,
    /// Nothing more is read.
    pub(crate) ended: bool,
}

impl Position {
    /// Before `next`, in a log that goes up to `end`.
    pub(crate) fn before(next: Seq, end: End) -> Self {
        let before = (next == Seq(1)).then_some(Chain::START);
        Self { next, before, end, ended: false }
    }

    /// The last record that is read.
    pub(crate) fn last(&self) -> Seq {
        self.end.last
    }

    /// The record that comes next, held against its checksum, the one before it, and the log's end.
    pub(crate) fn take(&mut self, sealed: Sealed) -> Result<Record, Damage> {
        let end = sealed.end();
        let record = sealed.open(self.before)?;
        if end.last == self.end.last && end != self.end {
            return Err(Damage::Chain);
        }
        self.before = Some(end.chain);
        self.next = end.last.next();
        self.ended = end.last == self.end.last;
        Ok(record)
    }
}
