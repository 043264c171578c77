//! The log of a run: a journal, if one is asked for. What it takes counts as durable at once; a run that stops halfway is run again.

use crate::error::SimError;
use paceline_engine::{Record, record};
use paceline_journal::{Durability, Journal, Options};
use std::path::Path;

/// Records between two commits: a commit costs a system call.
const COMMIT_EVERY: u32 = 4_096;

pub(super) struct Log {
    journal: Option<Journal>,
    uncommitted: u32,
}

impl Log {
    /// Errors: a directory that is no journal, or is in use.
    pub(super) fn open(dir: Option<&Path>) -> Result<Self, SimError> {
        let options = Options { durability: Durability::None, ..Options::default() };
        let opened = dir.map(|dir| Journal::open(dir, options)).transpose()?;
        Ok(Self { journal: opened.map(|opened| opened.journal), uncommitted: 0 })
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), SimError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let encoded = record::encode(record);
        journal.append(encoded.format, &encoded.bytes)?;
        self.uncommitted += 1;
        if self.uncommitted >= COMMIT_EVERY { self.commit() } else { Ok(()) }
    }

    pub(super) fn commit(&mut self) -> Result<(), SimError> {
        self.uncommitted = 0;
        if let Some(journal) = &mut self.journal {
            journal.commit()?;
        }
        Ok(())
    }
}
