//! What logs on servers have in common: waiting for a client that does not block, groups of chained records, and the writer that finds
//! out what became of a group that was not answered. An engine's own folder says how its server is asked.

mod bridge;
mod fill;
mod newest;
mod position;
mod sealed;
mod verified;
mod writer;

pub(crate) use bridge::Bridge;
pub(crate) use fill::in_groups;
pub(crate) use newest::Newest;
pub(crate) use position::Position;
pub(crate) use sealed::{Sealed, check_snapshot, snapshot_crc};
pub(crate) use verified::Checked;
pub(crate) use writer::{Engine, ServerLog};

use crate::error::JournalError;
use crate::identity::Identity;

/// Errors: `OtherJournal`: one is wanted, and it is not the one that was found.
pub(crate) fn refuse_other(
    log: &str,
    wanted: Option<Identity>,
    found: Option<Identity>,
) -> Result<(), JournalError> {
    match wanted {
        Some(wanted) if found != Some(wanted) => {
            Err(JournalError::OtherJournal { dir: log.into(), wanted, found })
        }
        _ => Ok(()),
    }
}

/// What a server said or did, or did not, of a log.
pub(crate) fn server_error(log: &str, action: &'static str, reason: String, full: bool) -> JournalError {
    JournalError::Server { log: log.to_owned(), action, reason, full }
}
