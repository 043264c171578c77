//! A log begun with what another store had, in one transaction: all of it is there, or nothing.

use super::address::PostgresLog;
use super::session::Session;
use super::{snapshots, tables};
use crate::Seq;
use crate::error::JournalError;
use crate::format::End;
use crate::log::Contents;
use crate::server::in_groups;
use std::sync::Arc;

/// Bytes of records that one statement inserts, unless one has more.
const GROUP_BYTES_MAX: u64 = 4 << 20;

/// Begins the log. Errors: `NotEmpty`; those of the records; `Server`.
pub(super) fn fill(log: &PostgresLog, contents: Contents<'_>) -> Result<(), JournalError> {
    let session = Session::open(log)?;
    tables::make(&session)?;
    let run = |sql: &'static str| {
        session.ask("copy the log", move |client| async move { client.batch_execute(sql).await })
    };
    run("BEGIN")?;
    match write(&session, contents).and_then(|()| run("COMMIT")) {
        Ok(()) => Ok(()),
        Err(error) => {
            // Where this cannot be said, the connection's end says it.
            _ = run("ROLLBACK");
            Err(error)
        }
    }
}

fn write(session: &Session, contents: Contents<'_>) -> Result<(), JournalError> {
    let Contents { identity, snapshot, records } = contents;
    let not_empty = || JournalError::NotEmpty { log: session.name().to_owned() };
    if tables::head(session)?.is_some() || tables::first(session)?.is_some() {
        return Err(not_empty());
    }
    tables::begin(session, identity)?;
    let end = End::after(snapshot.map_or(Seq(0), |snapshot| snapshot.at));
    if let Some(snapshot) = snapshot {
        let (format, state) = snapshot.state.read(|format, bytes| (format, Arc::new(bytes.to_vec())));
        snapshots::insert(session, snapshot.at, format, &state)?;
    }
    let end = in_groups(records, end, GROUP_BYTES_MAX, |group| tables::insert(session, Arc::new(group)))?;
    tables::set_end(session, end)
}
