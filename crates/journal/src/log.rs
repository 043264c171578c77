//! What the shell of a region asks of a log, and nothing more: so that the same shell writes to files and to the tables of a server.
//!
//! [`Log`] is a log that is open for writing, by one writer. [`LogStore`] is where one is kept: it opens it, and reads it beside its
//! writer. [`crate::DurableLog`] stands on the first, the recovery of a region and the command line on the second.

use crate::error::JournalError;
use crate::identity::Identity;
use crate::opened::Opened;
use crate::reserve::Reserve;
use crate::snapshot::Snapshot;
use crate::verify::Verified;
use crate::{Options, Record, Seq, Warning};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

/// A log, open for writing by this writer alone. Whoever else opens it is refused, or takes it over: then this one is refused.
pub trait Log: Debug + Send {
    /// Takes a record in and gives it its number. It is remembered only when [`Log::commit`] has returned.
    ///
    /// Errors: `TooLarge`, after which the log goes on; others, after which it is `Poisoned`.
    fn append(&mut self, format: u16, payload: &[u8]) -> Result<Seq, JournalError>;

    /// Makes everything appended so far durable, as one group, and returns the last number.
    ///
    /// Errors: whatever kept it from that. It may have become durable all the same; the log is `Poisoned`.
    fn commit(&mut self) -> Result<Seq, JournalError>;

    /// Whether an earlier write failed: nothing is taken until [`Log::recover`] has succeeded.
    fn is_poisoned(&self) -> bool;

    /// After a failed write: finds out what of it is durable ([`Log::committed`]), drops the rest, and goes on behind that. What was
    /// dropped may be appended again, with the same numbers.
    ///
    /// Errors: whatever keeps it from that, `Fenced` for ever; the log stays `Poisoned`.
    fn recover(&mut self) -> Result<(), JournalError>;

    /// Commits, keeps `state` as standing for all records up to `at`, and removes what nobody will go back to.
    ///
    /// Errors: `SnapshotOutOfRange`; others, after which the log goes on with the snapshots it had, or with the new one.
    fn snapshot(&mut self, at: Seq, format: u16, state: &[u8]) -> Result<(), JournalError> {
        while !self.snapshot_piece(at, format, state, usize::MAX)? {}
        Ok(())
    }

    /// Commits, and writes at most so many bytes more of such a snapshot, so that records become durable in between. Returns whether it is kept
    /// now; until then it is to be asked again with the same state, and another `at` begins anew. A log for which one write is one request
    /// writes it whole.
    ///
    /// Errors: as of [`Log::snapshot`]; what was written of it is gone then.
    fn snapshot_piece(
        &mut self,
        at: Seq,
        format: u16,
        state: &[u8],
        bytes_max: usize,
    ) -> Result<bool, JournalError>;

    /// The longest payload that is taken.
    fn payload_bytes_max(&self) -> usize;

    /// The number of the last record appended, committed or not; 0 when there is none.
    fn last(&self) -> Seq;

    /// The number of the last record that is known to be durable; 0 when there is none.
    fn committed(&self) -> Seq;

    /// Whether the log is still where others will look for it, and still this writer's. Errors: `Gone`, `Fenced`, what keeps from asking.
    fn check_place(&mut self) -> Result<(), JournalError>;

    /// Room to keep for when there is none, at most so many bytes. `None`: where the log is, none can be kept.
    fn reserve(&self, bytes_max: u64) -> Option<Reserve>;
}

/// Records in order, one at a time. After the first error it ends.
pub trait Records: Iterator<Item = Result<Record, JournalError>> + Send {
    /// What was found wrong but not refused, so far.
    fn warnings(&self) -> &[Warning];
}

/// Reads on behind what was read before, as often as it is asked, beside the writer.
pub trait Following: Send {
    /// The records after this one that are there by now. Errors: as [`LogStore::replay`].
    fn after(&mut self, after: Seq) -> Result<Box<dyn Records>, JournalError>;
}

/// A log as another store had it: what a copy begins with, and the records behind that.
pub struct Contents<'a> {
    /// Which journal it is.
    pub identity: Identity,
    /// Stands for what came before the records.
    pub snapshot: Option<&'a Snapshot>,
    /// Those behind the snapshot, or all.
    pub records: &'a mut dyn Iterator<Item = Result<Record, JournalError>>,
}

/// Where a log is kept. All of it blocks, and may be called from any thread.
pub trait LogStore: Debug + Send + Sync {
    /// What people call it: a path, or the address of a server without its password.
    fn name(&self) -> String;

    /// The directory that it is in, for what is kept beside it. `None`: it is in no directory of this machine.
    fn directory(&self) -> Option<&Path>;

    /// Opens the log, which is begun when absent, for writing; all that the snapshot does not cover is checked.
    ///
    /// Errors: as [`crate::Journal::open`], and those of a server.
    fn open(&self, options: Options) -> Result<Opened<Box<dyn Log>>, JournalError>;

    /// Reads the records after this one, or all that there are, beside the writer or without one.
    ///
    /// Errors: `Missing` when what follows was removed; of the iterator: `Damaged`, `DamagedRecord`, `Missing`, what keeps from reading.
    fn replay(&self, after: Option<Seq>) -> Result<Box<dyn Records>, JournalError>;

    /// Reads on and on, without beginning anew each time. `None`: each reading begins anew. Errors: as [`LogStore::replay`].
    fn follow(&self) -> Result<Option<Box<dyn Following>>, JournalError> {
        Ok(None)
    }

    /// The newest sound snapshot. Errors: what keeps from reading.
    fn newest_snapshot(&self) -> Result<Option<Snapshot>, JournalError>;

    /// Checks every record and the newest snapshot, and changes nothing. Errors: as [`LogStore::open`].
    fn verify(&self) -> Result<Verified, JournalError>;

    /// Begins a log with these contents: all of it, or nothing is there.
    ///
    /// Errors: `NotEmpty`; those of the records; what keeps from writing.
    fn fill(&self, contents: Contents<'_>) -> Result<(), JournalError>;
}

/// Where a region's log is: a directory, or a log of a server.
#[derive(Debug, Clone)]
pub struct LogAddress(Arc<dyn LogStore>);

impl LogAddress {
    /// Reads on behind what was read before, as often as it is asked. Errors: as [`LogStore::replay`].
    pub fn follow(&self) -> Result<Box<dyn Following>, JournalError> {
        Ok(self.0.follow()?.unwrap_or_else(|| Box::new(Anew(self.clone()))))
    }

    /// An address in this store.
    pub fn of(store: impl LogStore + 'static) -> Self {
        Self(Arc::new(store))
    }
}

/// Begins anew each time.
struct Anew(LogAddress);

impl Following for Anew {
    fn after(&mut self, after: Seq) -> Result<Box<dyn Records>, JournalError> {
        self.0.replay(Some(after))
    }
}

impl std::ops::Deref for LogAddress {
    type Target = dyn LogStore;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
