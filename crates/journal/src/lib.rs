//! What did we promise to remember? A directory of numbered, checksummed records, each one durable once
//! [`Journal::commit`] has returned, with snapshots that let the older ones go.
//!
//! The server and the simulator write through [`Journal`]; recovery reads with [`Journal::replay`]; the command line
//! looks without touching, through [`verify`]. The bytes of a record mean nothing here. Left out on purpose: clocks,
//! random names, compression and threads, so that equal appends leave equal files. `README.md` draws the format.

mod chain;
mod copy;
pub mod disk;
mod durable_log;
mod error;
mod file_log;
mod format;
mod identity;
mod identity_file;
#[cfg(feature = "jetstream")]
mod jetstream;
mod layout;
mod limits;
mod log;
mod open_segment;
mod opened;
#[cfg(feature = "postgres")]
mod postgres;
mod replay;
mod reserve;
mod segment;
#[cfg(any(feature = "jetstream", feature = "postgres"))]
mod server;
mod snapshot;
mod stored;
mod verify;
mod writer;

pub use chain::Chain;
pub use copy::copy;
pub use disk::Directory;
pub use durable_log::{DurableLog, Flushed, Health};
pub use error::{Damage, JournalError};
pub use identity::Identity;
#[cfg(feature = "jetstream")]
pub use jetstream::JetStreamLog;
pub use limits::PAYLOAD_BYTES_MAX;
pub use log::{Contents, Following, Log, LogAddress, LogStore, Records};
pub use opened::Opened;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresLog, PostgresSession};
pub use replay::Replay;
pub use reserve::Reserve;
pub use snapshot::Snapshot;
pub use stored::Stored;
pub use verify::{Verified, verify};
pub use writer::Journal;

use std::path::PathBuf;

/// The number of a record: dense, from 1. `Seq(0)` stands before the first record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The number that follows this one.
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One record as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: Seq,
    /// Its checksum.
    pub chain: Chain,
    /// What was appended.
    pub payload: Stored,
}

/// What [`Journal::commit`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The disk has it: survives `kill -9` and, as far as the disk tells the truth, a power cut.
    Fsync,
    /// The operating system has it: survives `kill -9` only. For the simulator.
    None,
}

/// How a journal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A segment file is closed before it would grow past this; a record larger than that gets a file of its own.
    pub segment_bytes: u64,
    /// What a commit waits for.
    pub durability: Durability,
    /// The longest payload that is taken, at most [`PAYLOAD_BYTES_MAX`].
    pub payload_bytes_max: usize,
    /// The only journal that is opened. `None`: whichever is there, or a new one.
    pub wanted: Option<Identity>,
    /// What a new journal is called. Drawn by whoever opens, so that equal appends leave equal files where that is wanted.
    pub begin_as: Identity,
}

impl Default for Options {
    /// 64 MiB segments (truncation frees disk in such steps), fsynced commits, any journal.
    fn default() -> Self {
        Options {
            segment_bytes: 64 << 20,
            durability: Durability::Fsync,
            payload_bytes_max: PAYLOAD_BYTES_MAX,
            wanted: None,
            begin_as: Identity::default(),
        }
    }
}

/// Something that opening or reading put right, or would put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The newest segment ended inside a record, which was dropped. After a crash that record was never acknowledged;
    /// after a cut by other means it, and whole ones behind it, may have been.
    TailCut {
        /// The segment's file.
        segment: PathBuf,
        /// Where the incomplete record began, in bytes from the start of the file.
        offset: u64,
        /// Bytes from there to the end of the file.
        lost_bytes: u64,
    },
    /// A snapshot was damaged, and an older one or the log alone was used in its place. Nothing is lost by that.
    SnapshotPassedOver {
        /// The damaged file, which opening puts aside under a name of its own.
        snapshot: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What the snapshot that was used covers; 0 when there was none and the log was read from its start.
        used: Seq,
    },
    /// The log ends before the snapshot that was made from it: its tail is gone, but the snapshot holds what it said.
    LogBehindSnapshot {
        /// The last record of the log.
        last: Seq,
        /// The last record that the snapshot holds.
        snapshot: Seq,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::TailCut { segment, offset, lost_bytes } => write!(
                f,
                "{}: the last record, at byte {offset}, is incomplete; its {lost_bytes} bytes are dropped",
                segment.display()
            ),
            Warning::SnapshotPassedOver { why, used: Seq(0), .. } => {
                write!(f, "{why}; passed over for the log, which is whole")
            }
            Warning::SnapshotPassedOver { why, used, .. } => {
                write!(f, "{why}; passed over for the snapshot at {used} and the log after it")
            }
            Warning::LogBehindSnapshot { last, snapshot } => {
                write!(f, "the log ends at record {last}, the snapshot holds all up to {snapshot}")
            }
        }
    }
}
