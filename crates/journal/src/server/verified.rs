//! What all records of a log come to, for `verify`.

use super::newest::Newest;
use crate::error::JournalError;
use crate::format::record_len;
use crate::identity::Identity;
use crate::verify::Verified;
use crate::{Record, Seq};
use std::collections::BTreeSet;

/// Records that were read, each of them checked.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    first: Option<Seq>,
    records: u64,
    formats: BTreeSet<u16>,
    bytes: u64,
}

impl Checked {
    /// Reads all of them. Errors: those of the records.
    pub(crate) fn read(
        records: impl Iterator<Item = Result<Record, JournalError>>,
    ) -> Result<Self, JournalError> {
        let mut checked = Self::default();
        for record in records {
            let Record { seq, payload, .. } = record?;
            checked.first.get_or_insert(seq);
            checked.records += 1;
            checked.formats.insert(payload.format());
            checked.bytes += payload.read(|_, bytes| record_len(bytes.len()));
        }
        Ok(checked)
    }

    /// What is told of the log called `name`, which goes up to `last`.
    pub(crate) fn told<D>(
        self,
        (name, identity): (&str, Identity),
        last: Seq,
        newest: &Newest<D>,
    ) -> Verified {
        Verified {
            identity: Some(identity),
            records: self.records,
            first: self.first.unwrap_or(last.next()),
            last,
            snapshot: newest.snapshot.as_ref().map(|snapshot| snapshot.at),
            formats: self.formats,
            snapshot_format: newest.snapshot.as_ref().map(|snapshot| snapshot.state.format()),
            bytes: self.bytes,
            warnings: newest.warnings(name),
        }
    }
}
