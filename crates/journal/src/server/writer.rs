//! The one writer of a log on a server.
//!
//! ```text
//! appended --commit--> sent --answered--> durable
//!                       \--no answer--> poisoned --recover--> the server is asked where the log ends, and
//!                                                  what it has is durable, the rest is dropped
//! ```

use super::sealed::Sealed;
use crate::error::{Damage, JournalError};
use crate::format::End;
use crate::log::Log;
use crate::reserve::Reserve;
use crate::{Options, Seq};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

/// Records of a group at most.
const GROUP_RECORDS_MAX: usize = 4_096;

/// What a server does for a writer that holds an epoch.
pub(crate) trait Engine: Debug + Send {
    /// What people call the log.
    fn name(&self) -> String;

    /// The longest payload that it can keep.
    fn payload_bytes_max(&self) -> usize;

    /// Bytes of a group, beyond which it is sent: a server takes a group whole.
    fn group_bytes_max(&self) -> u64;

    /// Appends a group behind `after`, all of it or nothing, if the log ends there and is still this writer's.
    ///
    /// Errors: `Fenced`, `Server`: it may have been done all the same.
    fn put(&mut self, after: End, group: Arc<Vec<Sealed>>) -> Result<(), JournalError>;

    /// Connects again under a new epoch, so that nothing sent before can still be done, and says where the log ends.
    ///
    /// Errors: `Fenced`, `Server`.
    fn resume(&mut self) -> Result<End, JournalError>;

    /// Keeps a snapshot and removes what nobody will go back to. Errors: `Fenced`, `Server`.
    fn put_snapshot(&mut self, at: Seq, format: u16, state: Arc<Vec<u8>>) -> Result<(), JournalError>;

    /// Whether the log is still this writer's. Errors: `Fenced`, `Server`.
    fn check(&mut self) -> Result<(), JournalError>;
}

/// A log on a server, open for writing.
#[derive(Debug)]
pub(crate) struct ServerLog<E> {
    engine: E,
    options: Options,
    group: Vec<Sealed>,
    group_bytes: u64,
    end: End,
    durable: End,
    /// What the newest snapshot covers.
    covered: Seq,
    /// Groups that were sent and not answered.
    unanswered: Option<Arc<Vec<Sealed>>>,
    poisoned: bool,
}

impl<E: Engine> ServerLog<E> {
    /// Goes on behind `end`, which is durable.
    pub(crate) fn new(engine: E, options: Options, end: End, covered: Seq) -> Self {
        let (group, group_bytes, unanswered, poisoned) = (Vec::new(), 0, None, false);
        Self { engine, options, group, group_bytes, end, durable: end, covered, unanswered, poisoned }
    }

    fn refuse_poisoned(&self) -> Result<(), JournalError> {
        match self.poisoned {
            true => Err(JournalError::Poisoned { dir: self.dir() }),
            false => Ok(()),
        }
    }

    fn dir(&self) -> PathBuf {
        self.engine.name().into()
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        if self.group.is_empty() {
            return Ok(());
        }
        let group = Arc::new(std::mem::take(&mut self.group));
        self.group_bytes = 0;
        if let Err(error) = self.engine.put(self.durable, group.clone()) {
            self.unanswered = Some(group);
            self.poisoned = true;
            return Err(error);
        }
        self.durable = self.end;
        Ok(())
    }

    /// What the log ends with is either what was durable, or a record that was sent: anything else is none of this writer's.
    fn resolve(&self, end: End) -> Result<End, JournalError> {
        let sent = self.unanswered.iter().flat_map(|group| group.iter());
        match end == self.durable || sent.map(Sealed::end).any(|sent| sent == end) {
            true => Ok(end),
            false => Err(JournalError::DamagedRecord {
                log: self.engine.name(),
                what: "record",
                seq: end.last,
                damage: Damage::Chain,
            }),
        }
    }
}

impl<E: Engine> Log for ServerLog<E> {
    fn append(&mut self, format: u16, payload: &[u8]) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        let max = self.payload_bytes_max();
        if payload.len() > max {
            return Err(JournalError::TooLarge { bytes: payload.len(), max });
        }
        let record = Sealed::after(self.end, format, payload.to_vec());
        let full = self.group.len() >= GROUP_RECORDS_MAX
            || self.group_bytes + record.len() > self.engine.group_bytes_max();
        if full {
            self.flush()?;
        }
        self.group_bytes += record.len();
        self.end = record.end();
        self.group.push(record);
        Ok(self.end.last)
    }

    fn commit(&mut self) -> Result<Seq, JournalError> {
        self.refuse_poisoned()?;
        self.flush()?;
        Ok(self.end.last)
    }

    fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    fn recover(&mut self) -> Result<(), JournalError> {
        self.poisoned = true;
        let end = self.engine.resume()?;
        let end = self.resolve(end)?;
        self.group.clear();
        (self.group_bytes, self.unanswered) = (0, None);
        (self.end, self.durable, self.poisoned) = (end, end, false);
        Ok(())
    }

    fn snapshot_piece(&mut self, at: Seq, format: u16, state: &[u8], _: usize) -> Result<bool, JournalError> {
        let last = self.end.last;
        if at > last || at < self.covered {
            let (dir, snapshot) = (self.dir(), self.covered);
            return Err(JournalError::SnapshotOutOfRange { dir, at, snapshot, last });
        }
        self.commit()?;
        self.engine.put_snapshot(at, format, Arc::new(state.to_vec()))?;
        self.covered = at;
        Ok(true)
    }

    fn payload_bytes_max(&self) -> usize {
        self.options.payload_bytes_max.min(self.engine.payload_bytes_max())
    }

    fn last(&self) -> Seq {
        self.end.last
    }

    fn committed(&self) -> Seq {
        self.durable.last
    }

    fn check_place(&mut self) -> Result<(), JournalError> {
        let checked = self.engine.check();
        // Whoever has nothing to write would never find out that it could again: the connection is made again by `recover`.
        self.poisoned |= checked.is_err();
        checked
    }

    fn reserve(&self, _: u64) -> Option<Reserve> {
        None
    }
}
