//! What another store had, as groups that a server takes.

use super::sealed::Sealed;
use crate::Record;
use crate::error::JournalError;
use crate::format::End;

/// Chains records behind `end` and hands them to `put` in groups of at most so many bytes, or of one record. Gives where the log then ends.
///
/// Errors: those of the records, and of `put`.
pub(crate) fn in_groups(
    records: impl Iterator<Item = Result<Record, JournalError>>,
    mut end: End,
    bytes_max: u64,
    mut put: impl FnMut(Vec<Sealed>) -> Result<(), JournalError>,
) -> Result<End, JournalError> {
    let (mut group, mut bytes) = (Vec::new(), 0);
    for record in records {
        let sealed = record?.payload.read(|format, payload| Sealed::after(end, format, payload.to_vec()));
        end = sealed.end();
        if bytes + sealed.len() > bytes_max && !group.is_empty() {
            put(std::mem::take(&mut group))?;
            bytes = 0;
        }
        bytes += sealed.len();
        group.push(sealed);
    }
    if !group.is_empty() {
        put(group)?;
    }
    Ok(end)
}
