//! Who says what an artefact is: a manifest with its signatures, and what is believed of it.

use crate::canonical::{self, ManifestError};
use crate::keys::{KeyId, SecretKey, TrustedKeys};
use crate::manifest::Manifest;
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::{ARTEFACT_MANIFEST_BYTES_MAX, ARTEFACT_SIGNATURES_MAX, at_most};
use serde::{Deserialize, Serialize};

/// The name of an artefact: the digest of what is signed.
fn name(payload: &[u8]) -> ArtefactDigest {
    ArtefactDigest(*blake3::hash(payload).as_bytes())
}

/// A signature with the key that made it, in the two halves that the encoding has a word for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Signature {
    key: KeyId,
    bytes: Halves,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Halves([u8; 32], [u8; 32]);

impl From<[u8; 64]> for Halves {
    fn from(bytes: [u8; 64]) -> Self {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&bytes[..32]);
        s.copy_from_slice(&bytes[32..]);
        Self(r, s)
    }
}

/// A manifest with its signatures, as it is kept and sent. Nobody has looked at the signatures yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

/// A manifest that one of the trusted keys signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The artefact's name.
    pub artefact: ArtefactDigest,
    /// What it is.
    pub manifest: Manifest,
    /// Whose signature was looked at.
    pub key: KeyId,
}

impl Signed {
    /// Signs a manifest. Errors: it breaks a bound.
    pub fn new(manifest: &Manifest, key: &SecretKey) -> Result<Self, ManifestError> {
        let payload = canonical::encode(manifest)?;
        let signatures = vec![Signature { key: key.id(), bytes: key.sign(&name(&payload)).into() }];
        Ok(Self { payload, signatures })
    }
    /// Reads one as it was kept or sent. Errors: too large; no manifest; a bound is broken.
    pub fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        at_most("manifest", bytes.len(), ARTEFACT_MANIFEST_BYTES_MAX)?;
        let signed: Self = postcard::from_bytes(bytes).map_err(|_| ManifestError::Unreadable)?;
        at_most("signatures", signed.signatures.len(), ARTEFACT_SIGNATURES_MAX)?;
        if signed.encode() != bytes {
            return Err(ManifestError::Unreadable);
        }
        Ok(signed)
    }
    /// As it is kept and sent.
    pub fn encode(&self) -> Vec<u8> {
        // Two lists of bytes: writing them to memory cannot fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }
    /// The name of what it says, whoever signed it.
    pub fn artefact(&self) -> ArtefactDigest {
        name(&self.payload)
    }
    /// What it says, whoever signed it: for whoever shows it, or counts what it keeps. Errors: no manifest; a bound is broken.
    pub fn unverified(&self) -> Result<Manifest, ManifestError> {
        canonical::decode(&self.payload)
    }
    /// The keys that are said to have signed it.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.signatures.iter().map(|signature| signature.key)
    }
    /// Errors: it is another artefact's; no key that is trusted signed it, or one of them did not sign this; no manifest.
    pub fn verify(&self, wanted: &ArtefactDigest, keys: &TrustedKeys) -> Result<Verified, ManifestError> {
        let artefact = self.artefact();
        if artefact != *wanted {
            return Err(ManifestError::Another { wanted: *wanted, found: artefact });
        }
        let signatures = self.signatures.iter().map(|of| (of.key, (&of.bytes.0, &of.bytes.1)));
        let key = keys.verify(&artefact, signatures)?;
        Ok(Verified { artefact, manifest: self.unverified()?, key })
    }
}
