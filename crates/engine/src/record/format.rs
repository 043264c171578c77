//! What all layouts share: the number that stored bytes are marked with, why they cannot be read, and postcard's part.

use paceline_model::Invalid;
use serde::{Deserialize, Serialize};

/// Bytes to be stored, and the number that says how to read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Kind of region and layout, see [`Kind::format`].
    pub format: u16,
    /// What the layout makes of the value.
    pub bytes: Vec<u8>,
}

/// A kind of region, the high byte of its formats: what one kind wrote is never read as another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(pub u8);

impl Kind {
    /// Vehicles, orders, chargers.
    pub const FLEET: Self = Self(0);
    /// Edge nodes, models, workloads.
    pub const EDGE: Self = Self(1);
    /// Stations, vans, work orders.
    pub const BIKES: Self = Self(2);
    /// Clusters, and workloads that are spread over them.
    pub const FEDERATION: Self = Self(3);

    /// The kind of region that a format is of.
    pub const fn of(format: u16) -> Self {
        Self(format.to_be_bytes()[0])
    }

    /// The number under which a layout of this kind is stored. Layouts count from 1.
    pub const fn format(self, layout: u8) -> u16 {
        (self.0 as u16) << 8 | layout as u16
    }

    /// The layout of a stored format, 1 to `newest`. Errors: another kind's, a newer one, or none that was ever written.
    pub fn layout(self, format: u16, newest: u8) -> Result<u8, RecordError> {
        let [kind, layout] = format.to_be_bytes();
        if kind != self.0 || layout == 0 {
            return Err(RecordError::Foreign { found: format, own: self.format(1) });
        }
        if layout > newest {
            return Err(RecordError::Newer { found: layout, newest });
        }
        Ok(layout)
    }
}

/// Why stored bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Written by a newer version of this program.
    #[error("E0401 format {found} is newer than {newest}, the newest this program reads")]
    Newer {
        /// The layout found.
        found: u8,
        /// The newest layout known.
        newest: u8,
    },
    /// Not what its format says, though its checksum held.
    #[error("E0402 stored bytes cannot be decoded: {0}")]
    Undecodable(#[from] postcard::Error),
    /// More bytes than its format has.
    #[error("E0402 stored bytes cannot be decoded: {left} bytes are left over")]
    LeftOver {
        /// How many.
        left: usize,
    },
    /// A value that the model refuses.
    #[error("E0402 stored bytes cannot be decoded: {0}")]
    Invalid(#[from] Invalid),
    /// A record or snapshot about a vehicle, an order or a charger that its world does not have.
    #[error("E0403 record speaks of something that its world does not have")]
    Unknown,
    /// A record whose events do not follow the world that it is replayed onto.
    #[error("E0403 record ends at version {found}, but its events would end at {expected}")]
    Gap {
        /// Where the events would end.
        expected: u64,
        /// Where the record says that they end.
        found: u64,
    },
    /// Written by another kind of region, or marked with a number that was never given.
    #[error("E0404 format {found:#06x} is none of this kind of region, whose formats begin at {own:#06x}")]
    Foreign {
        /// The number found.
        found: u16,
        /// The first of this kind.
        own: u16,
    },
}

/// The bytes of a value.
pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain data: it always encodes")
}

/// Adds the bytes of a value to those before it: values one after the other have the bytes of a type with these fields.
pub(crate) fn append<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    let before = std::mem::take(bytes);
    *bytes = postcard::to_extend(value, before).expect("plain data: it always encodes");
}

/// A value that takes all the bytes. Errors: bytes of another layout.
pub(crate) fn from_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, RecordError> {
    match take(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(RecordError::LeftOver { left: rest.len() }),
    }
}

/// A value that the bytes begin with, and the rest of them. Errors: bytes of another layout.
pub(crate) fn take<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), RecordError> {
    Ok(postcard::take_from_bytes(bytes)?)
}
