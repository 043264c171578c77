//! What tests of artefacts are made with: bytes that nothing makes smaller, and a key.

#![allow(dead_code, reason = "each test file uses its own part")]

use paceline_artefact::{SecretKey, TrustedKeys};

/// As many bytes as asked for, different for each seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The key that releases are signed with.
pub(crate) fn key() -> SecretKey {
    SecretKey::of_seed(&[7; 32])
}

/// Whoever believes that key alone.
pub(crate) fn keys() -> TrustedKeys {
    let mut keys = TrustedKeys::default();
    keys.add(key().public(""));
    keys
}
