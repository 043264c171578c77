//! The name of a chunk: the BLAKE3 digest of its bytes.

use paceline_model::Invalid;
use paceline_model::edge::ArtefactDigest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A chunk by its content: 32 bytes of BLAKE3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkDigest(pub [u8; 32]);

impl ChunkDigest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

/// 64 lower-case digits.
pub(crate) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for ChunkDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ArtefactDigest(self.0).fmt(f)
    }
}

impl fmt::Debug for ChunkDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ChunkDigest {
    type Err = Invalid;
    /// Errors: anything but `blake3:` and 64 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digest: Result<ArtefactDigest, Invalid> = text.parse();
        digest.map(|digest| Self(digest.0)).map_err(|invalid| Invalid { field: "chunk".into(), ..invalid })
    }
}
