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
        Ok(Record { seq: self.seq, payload: Stored::new(self.format, self.payload) })
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
