//! Platform configuration registers of the SHA-256 bank.

use crate::read::{Malformed, Reader};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Registers of the PC profile.
pub const PCRS: u8 = 24;

/// Some of the registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PcrSet(u32);

impl PcrSet {
    /// Those registers; numbers from [`PCRS`] on are left out.
    pub fn of(numbers: impl IntoIterator<Item = u8>) -> Self {
        Self(numbers.into_iter().filter(|number| *number < PCRS).fold(0, |set, number| set | 1 << number))
    }
    /// Whether a register is one of them.
    pub fn contains(self, number: u8) -> bool {
        number < PCRS && self.0 & 1 << number != 0
    }
    /// Them, the lowest first.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..PCRS).filter(move |number| self.contains(*number))
    }
    /// A `TPMS_PCR_SELECTION`'s bit map.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bytes = reader.u8()?;
        if bytes > 3 {
            return Err(reader.error("a selection of more than 24 registers"));
        }
        let bits = (0u32..).zip(reader.take(usize::from(bytes))?);
        Ok(Self(bits.fold(0, |set, (place, byte)| set | u32::from(*byte) << (8 * place))))
    }
}

impl fmt::Display for PcrSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.iter().map(|number| number.to_string()).collect();
        out.write_str(&numbers.join(","))
    }
}

/// A SHA-256 digest; in text 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Errors: anything but 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let error = Malformed { what: "must be 64 hexadecimal digits", at: 0 };
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(error);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16).ok_or(error);
            *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(Error::custom)
    }
}
