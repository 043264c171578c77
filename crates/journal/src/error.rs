//! Why the journal could not be read or written. Every variant names the path, and the byte where there is one.

use crate::Seq;
use crate::identity::Identity;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with the bytes at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file does not begin as its kind does.
    #[error("not a file of this format")]
    Magic,
    /// A file's or record's leading fields do not match their own checksum.
    #[error("header checksum mismatch")]
    Header,
    /// The payload does not match its checksum.
    #[error("payload checksum mismatch")]
    Payload,
    /// The record does not follow the one before it: something was exchanged or taken out.
    #[error("does not follow the record before it")]
    Chain,
    /// The record is whole but carries another number than its place.
    #[error("carries the wrong number")]
    Number,
    /// The length is beyond what a record may have.
    #[error("length beyond the limit")]
    Length,
    /// A file that was closed whole ends too early, or goes on too long.
    #[error("wrong length of a finished file")]
    Unfinished,
}

/// Why the journal refused.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process, or another part of this one, has the journal open.
    #[error("{}: the journal is open elsewhere", dir.display())]
    Locked {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
    },
    /// Bytes that were once acknowledged are not what they were. Restore the file from a copy.
    #[error("{}: damaged at byte {offset}: {damage}", path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// Where the damaged record, or the file's header, begins.
        offset: u64,
        /// What does not fit.
        damage: Damage,
    },
    /// Records that should be there are in no file.
    #[error("{}: record {wanted} is missing; the next one there is {found}", dir.display())]
    Missing {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
        /// The first record that was looked for.
        wanted: Seq,
        /// The first record at or after it that a file holds; 0 when none does.
        found: Seq,
    },
    /// A payload beyond [`crate::PAYLOAD_BYTES_MAX`]. Nothing was appended.
    #[error("a record of {bytes} bytes is beyond the limit of {max}")]
    TooLarge {
        /// The payload's length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A snapshot was offered for a record that was not appended yet, or that an earlier snapshot covers.
    #[error("{}: a snapshot at {at} does not lie between the present one at {snapshot} and the last record {last}", dir.display())]
    SnapshotOutOfRange {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
        /// What was offered.
        at: Seq,
        /// The present snapshot; 0 for none.
        snapshot: Seq,
        /// The last record appended.
        last: Seq,
    },
    /// A write failed earlier, so nobody knows what the disk holds behind the last commit: [`crate::Journal::recover`].
    #[error("{}: an earlier write failed", dir.display())]
    Poisoned {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
    },
    /// Somebody has put another directory in the place of the journal's, or removed it or the segment that is written to.
    #[error("{}: the journal's directory or its newest segment is no longer in its place", dir.display())]
    Gone {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
    },
    /// The directory says that it holds a journal, and there is none: it was emptied.
    #[error("{}: holds the identity of a journal and none of its files; restore them, or remove {} to begin a new one", dir.display(), identity.display())]
    Emptied {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
        /// The file that says so.
        identity: PathBuf,
    },
    /// The directory does not hold the journal that was asked for: another volume is mounted there, or none.
    #[error("{}: holds {}, not the journal {wanted}", dir.display(), named(*found))]
    OtherJournal {
        /// The journal's directory, or the name of a log of a server.
        dir: PathBuf,
        /// What was asked for.
        wanted: Identity,
        /// What is there, if anything is.
        found: Option<Identity>,
    },
    /// Another writer has taken the log over: this one commits nothing more, for ever.
    #[error(
        "E0405 {log}: another writer has taken the log over (epoch {epoch}); this one commits nothing more"
    )]
    Fenced {
        /// Which log.
        log: String,
        /// The epoch that the log is in now.
        epoch: u64,
    },
    /// A record or snapshot of a server is not what was once acknowledged. Restore the server's data from a copy.
    #[error("{log}: {what} {seq} is damaged: {damage}")]
    DamagedRecord {
        /// Which log.
        log: String,
        /// `record` or `snapshot`.
        what: &'static str,
        /// Its number.
        seq: Seq,
        /// What does not fit.
        damage: Damage,
    },
    /// A log is to begin where there is something already.
    #[error("{log}: is not empty")]
    NotEmpty {
        /// Which log or directory.
        log: String,
    },
    /// A copy is not what its source is.
    #[error("{log}: differs from its source at {seq}")]
    Differs {
        /// The copy.
        log: String,
        /// The first record, or the snapshot, that differs.
        seq: Seq,
    },
    /// The address of a log cannot be one.
    #[error("the address of region {region}'s journal {rule}")]
    Address {
        /// The region whose journal it is.
        region: String,
        /// What is wrong with it. The address itself may hold a password.
        rule: String,
    },
    /// A server could not do what was asked, or did not say whether it did.
    #[error("{log}: cannot {action}: {reason}")]
    Server {
        /// Which log.
        log: String,
        /// What was tried.
        action: &'static str,
        /// The server's or the connection's answer.
        reason: String,
        /// Whether there was no room for it.
        full: bool,
    },
    /// The operating system said no.
    #[error("{}: cannot {action}: {reason}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        reason: io::Error,
    },
}

impl JournalError {
    /// Whether there is no room on the disk: what is let go makes it good.
    pub fn is_full(&self) -> bool {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        match self {
            JournalError::Io { reason, .. } => full.contains(&reason.kind()),
            JournalError::Server { full, .. } => *full,
            _ => false,
        }
    }

    /// Whether another writer has taken the log over.
    pub fn is_fenced(&self) -> bool {
        matches!(self, JournalError::Fenced { .. })
    }
}

/// Adds the path and the attempt to what the operating system said.
pub(crate) fn io_error(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let path = path.to_path_buf();
    move |reason| JournalError::Io { path, action, reason }
}

pub(crate) fn damaged(path: &Path, offset: u64, damage: Damage) -> JournalError {
    JournalError::Damaged { path: path.to_path_buf(), offset, damage }
}

fn named(journal: Option<Identity>) -> String {
    journal.map_or_else(|| "no journal".to_owned(), |identity| format!("the journal {identity}"))
}
