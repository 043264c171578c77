//! Key derivation as TPMs have it, with SHA-256. Source: TPM 2.0 Library, part 1, section 11.4.10.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256 over parts.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key that is shorter than the hash's block counts as if zeros followed.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// `KDFa`, of at most 256 bits: the first `bits` of the answer count.
pub(crate) fn kdf_a(key: &[u8; 32], label: &str, context: &[u8], bits: u32) -> [u8; 32] {
    hmac(key, &[&1u32.to_be_bytes(), label.as_bytes(), &[0], context, &bits.to_be_bytes()])
}

/// `KDFe`, of 256 bits: from the common point of two keys and their x coordinates.
pub(crate) fn kdf_e(common: &[u8], label: &str, ours: &[u8], theirs: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [&1u32.to_be_bytes()[..], common, label.as_bytes(), &[0], ours, theirs] {
        hash.update(part);
    }
    hash.finalize().into()
}
