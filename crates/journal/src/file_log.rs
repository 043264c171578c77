//! Logs in files, as the shell of a region knows them.

use crate::disk::Directory;
use crate::error::JournalError;
use crate::log::{Contents, Log, LogAddress, LogStore, Records};
use crate::opened::Opened;
use crate::replay::Replay;
use crate::reserve::Reserve;
use crate::snapshot::Snapshot;
use crate::verify::{Verified, verify};
use crate::writer::Journal;
use crate::{Options, Seq, Warning, copy};
use std::path::{Path, PathBuf};

impl Log for Journal {
    fn append(&mut self, format: u16, payload: &[u8]) -> Result<Seq, JournalError> {
        Journal::append(self, format, payload)
    }
    fn commit(&mut self) -> Result<Seq, JournalError> {
        Journal::commit(self)
    }
    fn is_poisoned(&self) -> bool {
        Journal::is_poisoned(self)
    }
    fn recover(&mut self) -> Result<(), JournalError> {
        Journal::recover(self)
    }
    fn snapshot_piece(
        &mut self,
        at: Seq,
        format: u16,
        state: &[u8],
        bytes_max: usize,
    ) -> Result<bool, JournalError> {
        Journal::snapshot_piece(self, at, format, state, bytes_max)
    }
    fn payload_bytes_max(&self) -> usize {
        Journal::payload_bytes_max(self)
    }
    fn last(&self) -> Seq {
        Journal::last(self)
    }
    fn committed(&self) -> Seq {
        Journal::committed(self)
    }
    fn check_place(&mut self) -> Result<(), JournalError> {
        Journal::check_place(self)
    }
    fn reserve(&self, bytes_max: u64) -> Option<Reserve> {
        Some(Reserve::of(self.directory(), bytes_max))
    }
}

impl From<Journal> for Box<dyn Log> {
    fn from(journal: Journal) -> Self {
        Box::new(journal)
    }
}

impl Records for Replay {
    fn warnings(&self) -> &[Warning] {
        Replay::warnings(self)
    }
}

impl LogStore for Directory {
    fn name(&self) -> String {
        self.path().display().to_string()
    }
    fn directory(&self) -> Option<&Path> {
        Some(self.path())
    }
    fn open(&self, options: Options) -> Result<Opened<Box<dyn Log>>, JournalError> {
        let Opened { journal, snapshot, warnings, identity, begun } = Journal::open(self, options)?;
        Ok(Opened { journal: journal.into(), snapshot, warnings, identity, begun })
    }
    fn replay(&self, after: Option<Seq>) -> Result<Box<dyn Records>, JournalError> {
        let replay = match after {
            Some(after) => Journal::replay(self, after),
            None => Journal::replay_all(self),
        };
        Ok(Box::new(replay?))
    }
    fn newest_snapshot(&self) -> Result<Option<Snapshot>, JournalError> {
        Snapshot::newest(self)
    }
    fn verify(&self) -> Result<Verified, JournalError> {
        verify(self)
    }
    fn fill(&self, contents: Contents<'_>) -> Result<(), JournalError> {
        copy::fill(self, contents)
    }
}

impl From<Directory> for LogAddress {
    fn from(dir: Directory) -> Self {
        Self::of(dir)
    }
}

impl From<&Directory> for LogAddress {
    fn from(dir: &Directory) -> Self {
        Self::of(dir.clone())
    }
}

impl From<&Path> for LogAddress {
    fn from(dir: &Path) -> Self {
        Self::of(Directory::from(dir))
    }
}

impl From<&PathBuf> for LogAddress {
    fn from(dir: &PathBuf) -> Self {
        Self::from(dir.as_path())
    }
}
