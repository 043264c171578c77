//! The newest changes as they go over the wire, each written once. Whoever reads holds a place in the log and nothing of it.

use super::item::{self, Wire};
use axum::body::Bytes;
use paceline_engine::ledger::Change;
use std::collections::VecDeque;

/// A block is closed when it has so much text: what one write of a stream takes at most, but for a single longer change.
const BLOCK_BYTES: usize = 16 << 10;
/// Most text that is kept: a quarter of an hour of a busy region, some hundred bytes a change.
const BYTES_MAX: usize = 64 << 20;

/// Changes that follow each other, in one piece of text.
struct Block {
    /// The version of the first one.
    first: u64,
    /// Where each begins.
    begins: Vec<u32>,
    text: Bytes,
}

impl Block {
    fn last(&self) -> u64 {
        self.first + self.begins.len() as u64 - 1
    }
}

/// The log.
pub(super) struct Log {
    blocks: VecDeque<Block>,
    /// Most changes that are kept.
    changes_max: u64,
    bytes: usize,
    /// The newest version that was told, or that there was when telling began.
    newest: u64,
}

impl Log {
    /// A log that goes on from a world of version `newest`.
    pub(super) fn new(newest: u64, changes_max: usize) -> Self {
        Self { blocks: VecDeque::new(), changes_max: changes_max as u64, bytes: 0, newest }
    }
    pub(super) fn changes_max(&self) -> u64 {
        self.changes_max
    }
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }
    /// The oldest version that is kept; one after the newest, if none is.
    pub(super) fn oldest(&self) -> u64 {
        let first = self.blocks.front().map_or(self.newest + 1, |block| block.first);
        // A block is kept whole for its newest change.
        first.max((self.newest + 1).saturating_sub(self.changes_max))
    }
    /// Adds changes. Those that do not follow the newest begin the log anew.
    pub(super) fn push<'a, E: Wire + 'a>(&mut self, changes: impl IntoIterator<Item = &'a Change<E>>) {
        let mut block: Option<(u64, Vec<u32>, Vec<u8>)> = None;
        for change in changes {
            let version = change.version.0;
            if version != self.newest + 1 {
                self.close(block.take());
                self.begin_anew(version.saturating_sub(1));
            }
            let (_, begins, text) = block.get_or_insert_with(|| (version, Vec::new(), Vec::new()));
            begins.push(text.len() as u32);
            item::numbered(text, change);
            self.newest = version;
            if text.len() >= BLOCK_BYTES {
                self.close(block.take());
            }
        }
        self.close(block);
        self.trim();
    }
    /// What follows version `newest` is told next; nothing before is kept.
    pub(super) fn begin_anew(&mut self, newest: u64) {
        self.blocks.clear();
        (self.bytes, self.newest) = (0, newest);
    }
    /// Adds what an earlier log holds, the newest first, if it leads up to this one and as far as there is room.
    pub(super) fn put_before(&mut self, mut earlier: Self) {
        if earlier.newest + 1 != self.blocks.front().map_or(self.newest + 1, |block| block.first) {
            return;
        }
        while let Some(block) = earlier.blocks.pop_back() {
            if self.bytes + block.text.len() > BYTES_MAX {
                break;
            }
            self.bytes += block.text.len();
            self.blocks.push_front(block);
        }
    }
    /// The text from version `next` on, as far as its block goes, and the version after it. `None`: that is not kept, or not yet.
    pub(super) fn from(&self, next: u64) -> Option<(Bytes, u64)> {
        let at = self.blocks.partition_point(|block| block.last() < next);
        let block = self.blocks.get(at)?;
        let begins = *block.begins.get(next.checked_sub(block.first)? as usize)?;
        Some((block.text.slice(begins as usize..), block.last() + 1))
    }

    fn close(&mut self, block: Option<(u64, Vec<u32>, Vec<u8>)>) {
        if let Some((first, begins, text)) = block {
            self.bytes += text.len();
            self.blocks.push_back(Block { first, begins, text: text.into() });
        }
    }

    fn trim(&mut self) {
        while let Some(front) = self.blocks.front() {
            let too_old = front.last() + self.changes_max <= self.newest;
            if !too_old && (self.bytes <= BYTES_MAX || self.blocks.len() == 1) {
                break;
            }
            self.bytes -= front.text.len();
            self.blocks.pop_front();
        }
    }
}
