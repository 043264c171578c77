//! The log of a run: a journal, if one is asked for. What it takes counts as durable at once; a run that stops halfway is run again.

use crate::error::SimError;
use paceline_engine::ledger::{self, Record, World};
use paceline_journal::{Durability, Journal, Options, PAYLOAD_BYTES_MAX};
use std::path::Path;

/// Records between two commits: a commit costs a system call.
const COMMIT_EVERY: u32 = 4_096;

pub(crate) struct Log {
    journal: Option<Journal>,
    uncommitted: u32,
}

impl Log {
    /// Errors: a directory that is no journal, or is in use.
    pub(crate) fn open(dir: Option<&Path>) -> Result<Self, SimError> {
        let options = Options { durability: Durability::None, ..Options::default() };
        let opened = dir.map(|dir| Journal::open(dir, options)).transpose()?;
        Ok(Self { journal: opened.map(|opened| opened.journal), uncommitted: 0 })
    }

    pub(super) fn append<W: World>(&mut self, record: Record<W::Recorded>) -> Result<(), SimError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        for (_, encoded) in ledger::encode_within::<W>(record, PAYLOAD_BYTES_MAX) {
            journal.append(encoded.format, &encoded.bytes)?;
            self.uncommitted += 1;
        }
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
