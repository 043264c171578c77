//! A log brought from one store to another: newest snapshot and what follows it, read back and held against its source.

use crate::disk::Directory;
use crate::error::{JournalError, io_error};
use crate::format::Chain;
use crate::log::{Contents, LogAddress};
use crate::open_segment::OpenSegment;
use crate::snapshot;
use crate::verify::{Verified, verify};
use crate::writer::Journal;
use crate::{Identity, Options, Record};
use std::path::Path;

/// What is put behind a directory's name while it is being filled.
const FILLING_SUFFIX: &str = ".copying";
/// Bytes of records after which they are committed.
const GROUP_BYTES: usize = 4 << 20;

/// Copies a log, under its own identity, or `named` if it has none, to where there is none yet. Whoever writes to the source should
/// have ended: what it writes meanwhile may be left out.
///
/// Errors: the source is not sound; `NotEmpty`; the copy is not what the source is (`Differs`); what keeps from reading or writing.
pub fn copy(from: &LogAddress, to: &LogAddress, named: Identity) -> Result<Verified, JournalError> {
    let identity = from.verify()?.identity.unwrap_or(named);
    let snapshot = from.newest_snapshot()?;
    let after = snapshot.as_ref().map(|snapshot| snapshot.at);
    let mut records = from.replay(after)?;
    to.fill(Contents { identity, snapshot: snapshot.as_ref(), records: &mut records })?;
    let copied = to.verify()?;
    if to.newest_snapshot()? != snapshot {
        return Err(JournalError::Differs { log: to.name(), seq: after.unwrap_or_default() });
    }
    let mut source = from.replay(after)?;
    for record in to.replay(after)? {
        let record = record?;
        // Each store has checksums of its own.
        let same = |of: &Record| (of.seq, &of.payload) == (record.seq, &record.payload);
        if !source.next().transpose()?.as_ref().is_some_and(same) {
            return Err(JournalError::Differs { log: to.name(), seq: record.seq });
        }
    }
    Ok(copied)
}

/// Fills a directory beside it, checks that, and gives it the name.
pub(crate) fn fill(dir: &Directory, contents: Contents<'_>) -> Result<(), JournalError> {
    let Contents { identity, snapshot, records } = contents;
    let mut beside = dir.path().as_os_str().to_owned();
    beside.push(FILLING_SUFFIX);
    let filling = dir.beside(Path::new(&beside));
    for empty in [dir, &filling] {
        empty.make()?;
        if !empty.list()?.is_empty() {
            return Err(JournalError::NotEmpty { log: empty.path().display().to_string() });
        }
    }
    let options = Options { begin_as: identity, ..Options::default() };
    if let Some(snapshot) = snapshot {
        let (at, durability) = (snapshot.at, options.durability);
        snapshot.state.read(|format, bytes| snapshot::write(&filling, at, format, bytes, durability))?;
        OpenSegment::create(&filling, at.next(), Chain::START, durability)?;
    }
    let mut journal = Journal::open(&filling, options)?.journal;
    let mut waiting = 0;
    for record in records {
        waiting +=
            record?.payload.read(|format, bytes| journal.append(format, bytes).map(|_| bytes.len()))?;
        if waiting > GROUP_BYTES {
            journal.commit()?;
            waiting = 0;
        }
    }
    let last = journal.commit()?;
    drop(journal);
    if verify(&filling)?.last != last {
        return Err(JournalError::Differs { log: dir.path().display().to_string(), seq: last });
    }
    put_in_place(&filling, dir)
}

fn put_in_place(filling: &Directory, dir: &Directory) -> Result<(), JournalError> {
    let renamed = dir.disk().rename(filling.path(), dir.path());
    renamed.map_err(io_error(filling.path(), "put the copy in its place"))?;
    let parent = dir.path().parent().filter(|parent| !parent.as_os_str().is_empty());
    dir.beside(parent.unwrap_or(Path::new("."))).sync()
}
