//! How events are written down: one record for all the events of one input, so that they become durable together.
//! The journal stores its bytes without looking inside.

use paceline_model::{Event, Instant, Version};
use serde::{Deserialize, Serialize};

/// The number of this layout. A reader that meets a higher one must be newer.
pub const FORMAT: u16 = 1;

/// The events of one input, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The world after the last of them; the first has `version - events.len() + 1`.
    pub version: Version,
    /// When it happened.
    pub at: Instant,
    /// What happened; never empty.
    pub events: Vec<Event>,
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
    /// A record whose events do not follow the world that it is replayed onto.
    #[error("E0403 record ends at version {found}, but its events would end at {expected}")]
    Gap {
        /// Where the events would end.
        expected: u64,
        /// Where the record says that they end.
        found: u64,
    },
}

impl Record {
    /// The bytes to be stored under [`FORMAT`].
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a record is plain data: it always encodes")
    }
    /// Errors: a newer format, or bytes that are not a record.
    pub fn from_bytes(format: u16, bytes: &[u8]) -> Result<Self, RecordError> {
        if format > FORMAT {
            return Err(RecordError::Newer { found: format });
        }
        Ok(postcard::from_bytes(bytes)?)
    }
}
