//! Keys that sign manifests, and those that are trusted. Ed25519; a key is known by the first eight bytes of its public half's
//! BLAKE3 digest. Source of the signatures: RFC 8032, by `ed25519-dalek`, which also refuses keys and points of small order.
//!
//! ```text
//!   paceline-artefact-secret 9f86d081884c7d65 <32 bytes in base64>             kept by whoever releases
//!   paceline-artefact-key    9f86d081884c7d65 <32 bytes in base64> a comment   on the server and on every node
//! ```

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::{ARTEFACT_KEYS_BYTES_MAX, ARTEFACT_KEYS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a line of a secret key begins with.
const SECRET: &str = "paceline-artefact-secret";
/// What a line of a key that is trusted begins with.
const PUBLIC: &str = "paceline-artefact-key";
/// What is signed begins with this, so that a signature of an artefact is one of nothing else.
const CONTEXT: &[u8] = b"paceline artefact 1\n";

/// The short name of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId([u8; 8]);

impl KeyId {
    fn of(key: &VerifyingKey) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..8]);
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What can be wrong with keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A line that is none of a key.
    #[error(
        "line {line} is no {what}: must be {what}, the key's id, 32 bytes in base64, and perhaps a comment"
    )]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What a line of this file begins with.
        what: &'static str,
    },
    /// The id is not that of the key.
    #[error("line {line} says key {said}, and the key is {is}")]
    Id {
        /// Which line, from 1.
        line: usize,
        /// As the line says.
        said: String,
        /// As the key is.
        is: KeyId,
    },
    /// More than are read.
    #[error(
        "there are more than {ARTEFACT_KEYS_MAX} keys, or more than {ARTEFACT_KEYS_BYTES_MAX} bytes of them"
    )]
    TooMany,
    /// There is none.
    #[error("there is no key in it")]
    None,
    /// The system has no randomness to give.
    #[error("the system gives no randomness: {0}")]
    Random(String),
}

/// A key that signs. It is shown only where it is written down.
pub struct SecretKey(SigningKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret of {}", self.id())
    }
}

impl SecretKey {
    /// A new one. Errors: the system has no randomness to give.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self::of_seed(&seed))
    }
    /// The one that these random bytes make.
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }
    /// Reads a file of one. Errors: it has none, or several.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let mut found = entries(text, SECRET)?;
        let (line, said, seed, _) = found.pop().ok_or(KeyError::None)?;
        if !found.is_empty() {
            return Err(KeyError::TooMany);
        }
        let key = Self::of_seed(&seed);
        same(line, &said, key.id())?;
        Ok(key)
    }
    /// The line of a file of its own.
    pub fn reveal(&self) -> String {
        format!("{SECRET} {} {}\n", self.id(), BASE64_STANDARD.encode(self.0.to_bytes()))
    }
    /// Its name.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0.verifying_key())
    }
    /// What others know it by.
    pub fn public(&self, comment: &str) -> TrustedKey {
        TrustedKey { key: self.0.verifying_key(), comment: comment.to_owned() }
    }
    pub(crate) fn sign(&self, artefact: &ArtefactDigest) -> [u8; 64] {
        self.0.sign(&message(artefact)).to_bytes()
    }
}

fn message(artefact: &ArtefactDigest) -> Vec<u8> {
    [CONTEXT, &artefact.0].concat()
}

/// A key whose signature is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    key: VerifyingKey,
    /// What people call it.
    pub comment: String,
}

impl TrustedKey {
    /// Its name.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.key)
    }
    /// The line of a file of keys.
    pub fn line(&self) -> String {
        let line = format!(
            "{PUBLIC} {} {} {}",
            self.id(),
            BASE64_STANDARD.encode(self.key.as_bytes()),
            self.comment
        );
        line.trim_end().to_owned() + "\n"
    }
}

/// Keys whose signatures are believed, by their names. One is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedKeys(BTreeMap<KeyId, TrustedKey>);

/// Why a manifest's signatures are not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// None of the keys is known here.
    #[error("no trusted key signed it; it says: {0}")]
    Unknown(String),
    /// A trusted key is said to have signed it, and did not sign this.
    #[error("the signature of key {0} is not of this manifest")]
    Wrong(KeyId),
}

impl TrustedKeys {
    /// Reads a file: a key a line; empty lines and those that begin with `#` are passed over.
    ///
    /// Errors: a line that is none; an id that is not the key's; too many; none at all.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let mut keys = Self::default();
        for (line, said, bytes, comment) in entries(text, PUBLIC)? {
            let wrong = KeyError::Line { line, what: PUBLIC };
            let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak()).ok_or(wrong)?;
            let key = TrustedKey { key, comment };
            same(line, &said, key.id())?;
            keys.add(key);
        }
        if keys.0.is_empty() { Err(KeyError::None) } else { Ok(keys) }
    }
    /// Trusts one more.
    pub fn add(&mut self, key: TrustedKey) {
        self.0.insert(key.id(), key);
    }
    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &TrustedKey> {
        self.0.values()
    }

    /// The first of the signatures that a trusted key made. Errors: none is; one of a trusted key is not of this.
    pub(crate) fn verify<'a>(
        &self,
        artefact: &ArtefactDigest,
        signatures: impl Iterator<Item = (KeyId, (&'a [u8; 32], &'a [u8; 32]))>,
    ) -> Result<KeyId, Untrusted> {
        let (mut good, mut unknown) = (None, Vec::new());
        for (id, (r, s)) in signatures {
            let Some(trusted) = self.0.get(&id) else {
                unknown.push(id.to_string());
                continue;
            };
            let signature = Signature::from_components(*r, *s);
            if trusted.key.verify_strict(&message(artefact), &signature).is_err() {
                return Err(Untrusted::Wrong(id));
            }
            good = good.or(Some(id));
        }
        good.ok_or_else(|| {
            Untrusted::Unknown(if unknown.is_empty() { "nobody".into() } else { unknown.join(", ") })
        })
    }
}

/// A line of a file of keys: its number, the id that it says, the key's bytes, the comment.
type Entry = (usize, String, [u8; 32], String);

fn entries(text: &str, what: &'static str) -> Result<Vec<Entry>, KeyError> {
    if text.len() > ARTEFACT_KEYS_BYTES_MAX {
        return Err(KeyError::TooMany);
    }
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let kept = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let found: Vec<Entry> = kept.map(|(line, text)| entry(line, text, what)).collect::<Result<_, _>>()?;
    if found.len() > ARTEFACT_KEYS_MAX { Err(KeyError::TooMany) } else { Ok(found) }
}

fn entry(line: usize, text: &str, what: &'static str) -> Result<Entry, KeyError> {
    let wrong = || KeyError::Line { line, what };
    let mut words = text.split_whitespace();
    let (kind, id, key) = (words.next(), words.next(), words.next());
    let (Some(id), Some(key)) = (id, key) else { return Err(wrong()) };
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| wrong())?;
    let bytes = bytes.try_into().map_err(|_| wrong())?;
    if kind != Some(what) {
        return Err(wrong());
    }
    Ok((line, id.to_owned(), bytes, words.collect::<Vec<_>>().join(" ")))
}

fn same(line: usize, said: &str, is: KeyId) -> Result<(), KeyError> {
    if said == is.to_string() { Ok(()) } else { Err(KeyError::Id { line, said: said.to_owned(), is }) }
}
