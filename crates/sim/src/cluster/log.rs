//! A region's log as the store has it: lines in order, and who may append.

use super::fleet::Recorded;
use paceline_engine::ledger::Record;
use std::sync::Arc;

/// One record of a region.
pub(super) type Line = Arc<Record<Recorded>>;

/// Where a log ends: how many lines it has, and a sum over all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) lines: u64,
    chain: u64,
}

impl End {
    /// Where it ends with one more.
    pub(super) fn then(self, line: &Record<Recorded>) -> Self {
        let mixed =
            (self.chain ^ line.at.0 ^ line.version.0.rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { lines: self.lines + 1, chain: mixed ^ (mixed >> 29) }
    }
}

/// What a writer holds then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    pub(super) epoch: u64,
    /// Counts the openings of the log, whatever the store makes of epochs. Known to whoever judges alone.
    pub(super) opening: u64,
    pub(super) end: End,
}

/// A log.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) epoch: u64,
    pub(super) writer: u64,
    pub(super) opening: u64,
    pub(super) end: End,
    pub(super) lines: Vec<Line>,
}

impl Log {
    pub(super) fn append(&mut self, lines: &[Line]) {
        self.end = lines.iter().fold(self.end, |end, line| end.then(line));
        self.lines.extend(lines.iter().cloned());
    }

    /// What came after so many lines.
    pub(super) fn after(&self, lines: u64) -> Vec<Line> {
        self.lines.get(lines as usize..).unwrap_or_default().to_vec()
    }

    /// Opens it, in a new epoch unless that is left out.
    pub(super) fn open(&mut self, raised: bool) -> Held {
        self.epoch += u64::from(raised);
        self.opening += 1;
        Held { epoch: self.epoch, opening: self.opening, end: self.end }
    }
}
