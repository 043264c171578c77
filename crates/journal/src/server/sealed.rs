//! Records and snapshots as servers keep them: the fields of the files' boxes, under one checksum that covers all of them. A record's
//! covers that of the record before it, so that the last one stands for all.

use crate::error::Damage;
use crate::format::{
    CRC_LEN, Chain, End, RecordHeader, SnapshotHeader, encode_record_header, encode_snapshot_header,
    record_len,
};
use crate::snapshot::Snapshot;
use crate::{PAYLOAD_BYTES_MAX, Record, Seq, Stored};

/// A record with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) seq: Seq,
    pub(crate) format: u16,
    /// The checksum of the record before it.
    pub(crate) before: Chain,
    pub(crate) crc: Chain,
    pub(crate) payload: Vec<u8>,
}

impl Sealed {
    /// The record that follows `end`.
    pub(crate) fn after(end: End, format: u16, payload: Vec<u8>) -> Self {
        let (seq, before) = (end.last.next(), end.chain);
        let crc = crc(seq, format, before, &payload);
        Self { seq, format, before, crc, payload }
    }

    /// Where the next record goes.
    pub(crate) fn end(&self) -> End {
        End { last: self.seq, chain: self.crc }
    }

    /// Bytes that it would have in a file.
    pub(crate) fn len(&self) -> u64 {
        record_len(self.payload.len())
    }

    /// The record, if it is what was appended and follows `before`, where that is known.
    pub(crate) fn open(self, before: Option<Chain>) -> Result<Record, Damage> {
        if self.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(Damage::Length);
        }
        if crc(self.seq, self.format, self.before, &self.payload) != self.crc {
            return Err(Damage::Payload);
        }
        if before.is_some_and(|before| before != self.before) {
            return Err(Damage::Chain);
        }
        Ok(Record { seq: self.seq, chain: self.crc, payload: Stored::new(self.format, self.payload) })
    }
}

fn crc(seq: Seq, format: u16, before: Chain, payload: &[u8]) -> Chain {
    let header = encode_record_header(RecordHeader { payload_len: payload.len(), before, seq, format });
    Chain(crc_of(&header, payload))
}

/// Over the header's fields without their own checksum: whatever the fields, a checksum over both is the same.
fn crc_of(header: &[u8], bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&header[..header.len() - CRC_LEN]), bytes)
}

/// The checksum of a snapshot.
pub(crate) fn snapshot_crc(at: Seq, format: u16, state: &[u8]) -> u32 {
    let header = encode_snapshot_header(SnapshotHeader { at, format, state_len: state.len() as u64 });
    crc_of(&header, state)
}

/// The snapshot, if it is what was written.
pub(crate) fn check_snapshot(at: Seq, format: u16, state: Vec<u8>, crc: u32) -> Result<Snapshot, Damage> {
    if snapshot_crc(at, format, &state) != crc {
        return Err(Damage::Payload);
    }
    Ok(Snapshot { at, state: Stored::new(format, state) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(first: &Sealed) -> Sealed {
        Sealed::after(first.end(), 7, b"second".to_vec())
    }

    #[test]
    fn a_record_that_follows_another_one_than_it_did_is_refused() {
        let start = End::after(Seq(0));
        let [first, other] = [b"first", b"other"].map(|payload| Sealed::after(start, 7, payload.to_vec()));
        assert!(second(&first).open(Some(first.crc)).is_ok());
        assert_eq!(second(&first).open(Some(other.crc)).map(drop), Err(Damage::Chain));
        assert!(second(&first).open(None).is_ok(), "what came before it may be gone");
    }

    #[test]
    fn a_checksum_covers_every_field_and_all_that_came_before() {
        let start = End::after(Seq(0));
        let first = Sealed::after(start, 7, b"first".to_vec());
        let record = second(&first);
        for changed in [
            Sealed { seq: Seq(3), ..record.clone() },
            Sealed { format: 8, ..record.clone() },
            Sealed { before: Chain(1), ..record.clone() },
            Sealed { crc: Chain(1), ..record.clone() },
            Sealed { payload: b"Second".to_vec(), ..record.clone() },
        ] {
            assert_eq!(changed.open(None).map(drop), Err(Damage::Payload));
        }
        let other = Sealed::after(start, 7, b"other".to_vec());
        assert_ne!(second(&first).crc, second(&other).crc, "the last one stands for all");
        assert_ne!(snapshot_crc(Seq(1), 1, b"state"), snapshot_crc(Seq(1), 2, b"state"));
    }
}
