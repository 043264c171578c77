//! A log begun with what another store had. Its epoch comes last: what has none has not begun, and is no log.

use super::address::JetStreamLog;
use super::engine::JetStreamEngine;
use super::message::encode_group;
use super::session::Session;
use super::snapshots;
use crate::Seq;
use crate::error::JournalError;
use crate::format::End;
use crate::log::Contents;
use crate::server::in_groups;
use std::sync::Arc;

/// Begins the log. Errors: `NotEmpty`; those of the records; `Server`.
pub(super) fn fill(log: &JetStreamLog, contents: Contents<'_>) -> Result<(), JournalError> {
    let Contents { identity, snapshot, records } = contents;
    let session = Session::open(log)?;
    session.make()?;
    for (stream, subject) in
        [(log.records(), log.record_subject(">")), (log.snapshots(), log.snapshot_subject(">"))]
    {
        if session.first_of(stream, subject, 1)?.is_some() {
            return Err(JournalError::NotEmpty { log: log.name.clone() });
        }
    }
    let end = End::after(snapshot.map_or(Seq(0), |snapshot| snapshot.at));
    if let Some(snapshot) = snapshot {
        let (format, state) = snapshot.state.read(|format, bytes| (format, Arc::new(bytes.to_vec())));
        snapshots::insert(&session, snapshot.at, format, &state)?;
    }
    let mut last = 0;
    let end = in_groups(records, end, session.message_bytes_max as u64, |group| {
        let subject = session.log.record_subject("group");
        last = session.publish("copy records", subject, encode_group(&group), Some(last))?;
        Ok(())
    })?;
    JetStreamEngine::begin(&session, identity, end, last)
}
