//! The bytes of headers and records, drawn in `README.md`. Pure: slices in, values out, no files.
//!
//! All numbers are little-endian; checksums are CRC-32C (Castagnoli, RFC 3720 appendix B.4).

pub(crate) use crate::chain::Chain;

use crate::Seq;

pub(crate) const SEGMENT_MAGIC: [u8; 8] = *b"PACELOG1";
pub(crate) const SNAPSHOT_MAGIC: [u8; 8] = *b"PACESNP1";
pub(crate) const SEGMENT_HEADER_LEN: usize = 24;
pub(crate) const RECORD_HEADER_LEN: usize = 22;
pub(crate) const SNAPSHOT_HEADER_LEN: usize = 30;
pub(crate) const CRC_LEN: usize = 4;

/// A last record, and its checksum: where the next one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) last: Seq,
    pub(crate) chain: Chain,
}

impl End {
    /// Before the first record of a log, or behind a snapshot alone.
    pub(crate) fn after(last: Seq) -> End {
        End { last, chain: Chain::START }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) first: Seq,
    pub(crate) before: Chain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) payload_len: usize,
    pub(crate) before: Chain,
    pub(crate) seq: Seq,
    pub(crate) format: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SnapshotHeader {
    pub(crate) at: Seq,
    pub(crate) format: u16,
    pub(crate) state_len: u64,
}

pub(crate) fn record_len(payload_len: usize) -> u64 {
    (RECORD_HEADER_LEN + payload_len + CRC_LEN) as u64
}

pub(crate) fn encode_segment_header(header: SegmentHeader) -> [u8; SEGMENT_HEADER_LEN] {
    let mut out = [0; SEGMENT_HEADER_LEN];
    out[..8].copy_from_slice(&SEGMENT_MAGIC);
    out[8..16].copy_from_slice(&header.first.0.to_le_bytes());
    out[16..20].copy_from_slice(&header.before.0.to_le_bytes());
    seal(&mut out);
    out
}

/// `None` when the header's own checksum does not match.
pub(crate) fn decode_segment_header(bytes: &[u8; SEGMENT_HEADER_LEN]) -> Option<SegmentHeader> {
    is_sealed(bytes).then(|| SegmentHeader { first: Seq(u64_at(bytes, 8)), before: Chain(u32_at(bytes, 16)) })
}

/// Appends one record to `out` and returns its checksum. The caller has checked the payload's length.
pub(crate) fn encode_record(
    out: &mut Vec<u8>,
    before: Chain,
    seq: Seq,
    format: u16,
    payload: &[u8],
) -> Chain {
    let start = out.len();
    out.extend_from_slice(&encode_record_header(RecordHeader {
        payload_len: payload.len(),
        before,
        seq,
        format,
    }));
    out.extend_from_slice(payload);
    let crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
    Chain(crc)
}

/// The fields before a payload, with their own checksum.
pub(crate) fn encode_record_header(record: RecordHeader) -> [u8; RECORD_HEADER_LEN] {
    let mut header = [0; RECORD_HEADER_LEN];
    header[..4].copy_from_slice(&(record.payload_len as u32).to_le_bytes());
    header[4..8].copy_from_slice(&record.before.0.to_le_bytes());
    header[8..16].copy_from_slice(&record.seq.0.to_le_bytes());
    header[16..18].copy_from_slice(&record.format.to_le_bytes());
    seal(&mut header);
    header
}

/// `None` when the header's own checksum does not match.
pub(crate) fn decode_record_header(bytes: &[u8; RECORD_HEADER_LEN]) -> Option<RecordHeader> {
    is_sealed(bytes).then(|| RecordHeader {
        payload_len: u32_at(bytes, 0) as usize,
        before: Chain(u32_at(bytes, 4)),
        seq: Seq(u64_at(bytes, 8)),
        format: u16_at(bytes, 16),
    })
}

/// The checksum over a record's header and payload.
pub(crate) fn record_crc(header: &[u8; RECORD_HEADER_LEN], payload: &[u8]) -> Chain {
    Chain(crc32c::crc32c_append(crc32c::crc32c(header), payload))
}

pub(crate) fn encode_snapshot_header(header: SnapshotHeader) -> [u8; SNAPSHOT_HEADER_LEN] {
    let mut out = [0; SNAPSHOT_HEADER_LEN];
    out[..8].copy_from_slice(&SNAPSHOT_MAGIC);
    out[8..16].copy_from_slice(&header.at.0.to_le_bytes());
    out[16..18].copy_from_slice(&header.format.to_le_bytes());
    out[18..26].copy_from_slice(&header.state_len.to_le_bytes());
    seal(&mut out);
    out
}

/// `None` when the header's own checksum does not match.
pub(crate) fn decode_snapshot_header(bytes: &[u8; SNAPSHOT_HEADER_LEN]) -> Option<SnapshotHeader> {
    is_sealed(bytes).then(|| SnapshotHeader {
        at: Seq(u64_at(bytes, 8)),
        format: u16_at(bytes, 16),
        state_len: u64_at(bytes, 18),
    })
}

/// Writes the checksum of everything before them into the last four bytes.
fn seal(header: &mut [u8]) {
    let (fields, crc) = header.split_at_mut(header.len() - CRC_LEN);
    crc.copy_from_slice(&crc32c::crc32c(fields).to_le_bytes());
}

fn is_sealed(header: &[u8]) -> bool {
    let (fields, crc) = header.split_at(header.len() - CRC_LEN);
    crc == crc32c::crc32c(fields).to_le_bytes()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
