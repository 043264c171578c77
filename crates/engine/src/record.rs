//! How events are written down: one record for all the events of one input, so that they become durable together.
//! The journal stores its bytes without looking inside.

use crate::ledger;
use paceline_model::Event;

/// The number of this layout. A reader that meets a higher one must be newer.
pub const FORMAT: u16 = 1;

/// A fleet's record.
pub type Record = ledger::Record<Event>;

/// Bytes to be stored, and the number that says how to read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Which layout.
    pub format: u16,
    /// What the layout makes of the value.
    pub bytes: Vec<u8>,
}

/// Why bytes are not a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Written by a newer version of this program.
    #[error("E0401 record format {found} is newer than {FORMAT}, the newest this program reads")]
    Newer {
        /// The format found.
        found: u16,
    },
    /// Not a record at all, though its checksum held.
    #[error("E0402 record cannot be decoded: {0}")]
    Undecodable(#[from] postcard::Error),
    /// A record about a vehicle, an order or a charger that its world does not have.
    #[error("E0404 record speaks of something that its world does not have")]
    Unknown,
    /// A record whose events do not follow the world that it is replayed onto.
    #[error("E0403 record ends at version {found}, but its events would end at {expected}")]
    Gap {
        /// Where the events would end.
        expected: u64,
        /// Where the record says that they end.
        found: u64,
    },
}

/// A record as it is to be stored.
pub fn encode(record: &Record) -> Encoded {
    let bytes = postcard::to_stdvec(record).expect("a record is plain data: it always encodes");
    Encoded { format: FORMAT, bytes }
}

/// Reads a stored record. Errors: a newer format, or bytes that are not a record.
pub fn decode(format: u16, bytes: &[u8]) -> Result<Record, RecordError> {
    if format > FORMAT {
        return Err(RecordError::Newer { found: format });
    }
    Ok(postcard::from_bytes(bytes)?)
}
