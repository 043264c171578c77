//! What messages hold: an epoch, a group of records, a snapshot's head. All numbers are little-endian, as in files.

use crate::format::{Chain, End};
use crate::server::Sealed;
use crate::{Identity, Seq};

/// What the payload of an epoch begins with; its last digit is the layout.
const EPOCH_MAGIC: [u8; 8] = *b"PACEEPO1";
/// What the payload of a snapshot's head begins with.
const WHOLE_MAGIC: [u8; 8] = *b"PACEWHO1";
/// Bytes of a record besides its payload.
pub(super) const RECORD_HEAD_BYTES: usize = 22;

/// A writer begins: the log ends here, and goes on under this epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Epoch {
    pub(super) identity: Identity,
    pub(super) number: u64,
    /// Drawn by the writer, who knows it again where an answer was lost.
    pub(super) writer: u128,
    pub(super) end: End,
}

impl Epoch {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = EPOCH_MAGIC.to_vec();
        bytes.extend(self.identity.0.to_le_bytes());
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.writer.to_le_bytes());
        bytes.extend(self.end.last.0.to_le_bytes());
        bytes.extend(self.end.chain.0.to_le_bytes());
        seal(bytes)
    }

    /// `None`: it is damaged, or none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(sealed(bytes)?);
        (fields.take()? == EPOCH_MAGIC).then_some(())?;
        let identity = Identity(u128::from_le_bytes(fields.take()?));
        let number = u64::from_le_bytes(fields.take()?);
        let writer = u128::from_le_bytes(fields.take()?);
        let end = End {
            last: Seq(u64::from_le_bytes(fields.take()?)),
            chain: Chain(u32::from_le_bytes(fields.take()?)),
        };
        fields.0.is_empty().then_some(Self { identity, number, writer, end })
    }
}

/// The head of a snapshot, written once all its chunks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) at: Seq,
    pub(super) format: u16,
    pub(super) bytes: u64,
    pub(super) crc: u32,
    /// The stream's number of the first chunk.
    pub(super) first: u64,
}

impl Whole {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = WHOLE_MAGIC.to_vec();
        bytes.extend(self.at.0.to_le_bytes());
        bytes.extend(self.format.to_le_bytes());
        bytes.extend(self.bytes.to_le_bytes());
        bytes.extend(self.crc.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        seal(bytes)
    }

    /// `None`: it is damaged, or none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(sealed(bytes)?);
        (fields.take()? == WHOLE_MAGIC).then_some(())?;
        let at = Seq(u64::from_le_bytes(fields.take()?));
        let format = u16::from_le_bytes(fields.take()?);
        let bytes = u64::from_le_bytes(fields.take()?);
        let crc = u32::from_le_bytes(fields.take()?);
        let first = u64::from_le_bytes(fields.take()?);
        fields.0.is_empty().then_some(Self { at, format, bytes, crc, first })
    }
}

/// A group, record by record.
pub(super) fn encode_group(group: &[Sealed]) -> Vec<u8> {
    let mut bytes =
        Vec::with_capacity(group.iter().map(|record| RECORD_HEAD_BYTES + record.payload.len()).sum());
    for record in group {
        bytes.extend(record.seq.0.to_le_bytes());
        bytes.extend(record.format.to_le_bytes());
        bytes.extend(record.before.0.to_le_bytes());
        bytes.extend(record.crc.0.to_le_bytes());
        bytes.extend((record.payload.len() as u32).to_le_bytes());
        bytes.extend(&record.payload);
    }
    bytes
}

/// `None`: a length is damaged; whatever else is, the records' checksums tell.
pub(super) fn decode_group(bytes: &[u8]) -> Option<Vec<Sealed>> {
    let (mut fields, mut group) = (Fields(bytes), Vec::new());
    while !fields.0.is_empty() {
        let seq = Seq(u64::from_le_bytes(fields.take()?));
        let format = u16::from_le_bytes(fields.take()?);
        let before = Chain(u32::from_le_bytes(fields.take()?));
        let crc = Chain(u32::from_le_bytes(fields.take()?));
        let length = u32::from_le_bytes(fields.take()?) as usize;
        let (payload, rest) = fields.0.split_at_checked(length)?;
        fields.0 = rest;
        group.push(Sealed { seq, format, before, crc, payload: payload.to_vec() });
    }
    Some(group)
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

fn sealed(bytes: &[u8]) -> Option<&[u8]> {
    let (fields, crc) = bytes.split_last_chunk::<4>()?;
    (crc32c::crc32c(fields).to_le_bytes() == *crc).then_some(fields)
}
