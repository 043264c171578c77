//! The lasting name of an artefact: the BLAKE3 digest of its signed manifest's payload, as text `blake3:` and 64 hexadecimal digits. What a
//! manifest holds is no matter of this crate's.

use crate::limits::{Invalid, Rule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What stands before the digits.
const PREFIX: &str = "blake3:";

/// A digest of 32 bytes. Equal digests, equal artefacts: evidence of one says nothing of another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtefactDigest(pub [u8; 32]);

impl fmt::Display for ArtefactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ArtefactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ArtefactDigest {
    type Err = Invalid;
    /// Errors: anything but `blake3:` and 64 lower-case hexadecimal digits, so that one artefact has one name.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digest = text.strip_prefix(PREFIX).and_then(digits);
        digest.map(Self).ok_or_else(|| {
            let rule = Rule::Shape("must be blake3: and 64 lower-case hexadecimal digits".into());
            Invalid::new("artefact", text, rule)
        })
    }
}

fn digits(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut digest = [0; 32];
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

impl Serialize for ArtefactDigest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArtefactDigest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_name_and_nothing_else_is_one() {
        let text = format!("blake3:{}", "0f".repeat(32));
        let digest: ArtefactDigest = text.parse().expect("a digest");
        assert_eq!(digest, ArtefactDigest([15; 32]));
        assert_eq!(digest.to_string(), text);
        let upper = format!("blake3:{}", "0F".repeat(32));
        let other = format!("sha256:{}", "0f".repeat(32));
        let long = format!("{text}0");
        let odd = format!("blake3:{}é", "0f".repeat(31));
        for bad in ["", "blake3:", &text[7..], &text[..70], &long, &upper, &other, &odd] {
            assert!(bad.parse::<ArtefactDigest>().is_err(), "{bad}");
        }
    }
}
