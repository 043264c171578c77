//! Which journal a directory holds. The file is written once, with the first segment: a directory that has it and no segment was
//! emptied, and one that has another holds another journal.

use crate::Durability;
use crate::disk::Directory;
use crate::error::{JournalError, io_error};
use crate::identity::Identity;
use crate::layout::Layout;
use std::io::Read as _;

const IDENTITY: &str = "identity";
const IDENTITY_TMP: &str = "identity.tmp";
/// A file of this many bytes or more is none of ours.
const IDENTITY_BYTES_MAX: u64 = 64;

/// The identity of the journal in a directory. `None`: it has none, as journals had before there were any.
///
/// Errors: `Io`. A file that is not an identity counts as none.
pub(crate) fn read(dir: &Directory) -> Result<Option<Identity>, JournalError> {
    if !dir.list()?.iter().any(|name| name == IDENTITY) {
        return Ok(None);
    }
    let path = dir.join(IDENTITY);
    let (file, _) = dir.disk().read(&path).map_err(io_error(&path, "read the identity"))?;
    let mut text = String::new();
    let read = file.take(IDENTITY_BYTES_MAX).read_to_string(&mut text);
    Ok(read.ok().and_then(|_| text.trim().parse().ok()))
}

/// Holds what is there against what is asked for. Errors: `Emptied`, `OtherJournal`, `Io`.
pub(crate) fn check(
    dir: &Directory,
    layout: &Layout,
    wanted: Option<Identity>,
) -> Result<Option<Identity>, JournalError> {
    let found = read(dir)?;
    if found.is_some() && layout.is_empty() {
        let (dir, identity) = (dir.path().to_path_buf(), dir.join(IDENTITY));
        return Err(JournalError::Emptied { dir, identity });
    }
    match wanted {
        Some(wanted) if found != Some(wanted) => {
            Err(JournalError::OtherJournal { dir: dir.path().to_path_buf(), wanted, found })
        }
        _ => Ok(found),
    }
}

/// Writes it beside, syncs it and puts it in its place; the caller syncs the directory.
pub(crate) fn write(dir: &Directory, identity: Identity, durability: Durability) -> Result<(), JournalError> {
    let (tmp, path) = (dir.join(IDENTITY_TMP), dir.join(IDENTITY));
    let fail = |action| io_error(&tmp, action);
    let mut file = dir.disk().create(&tmp).map_err(fail("create the identity"))?;
    file.write_all(format!("{identity}\n").as_bytes()).map_err(fail("write the identity"))?;
    if durability == Durability::Fsync {
        file.sync().map_err(fail("sync the identity"))?;
    }
    dir.disk().rename(&tmp, &path).map_err(fail("put the identity in its place"))
}
