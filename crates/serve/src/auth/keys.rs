//! API keys: random, kept as hashes, bound to a role, a region, a vehicle or a node, and to a time. `paceline keys` writes their file, which
//! a running server reads again when it changes.
//!
//! ```text
//!   pl_<id>_<secret>      id: 48 random bits, names the key, no secret; secret: 256 random bits
//! ```
//! The file has the SHA-256 of the whole. A slow hash, as passwords need it, would add nothing: 256 random bits are not guessed.

use super::grant;
use super::principal::Principal;
use super::wrong::Wrong;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use paceline_api::Role;
use paceline_model::edge::NodeId;
use paceline_model::{Instant, Invalid, RegionId, Rule, VehicleId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// What every key begins with, so that scanners of repositories and logs know one when they see it.
const PREFIX: &str = "pl_";
/// Most keys of a file: a fleet of some thousand vehicles with a key each. Larger ones bring tokens of their own issuer.
const KEYS_MAX: usize = 20_000;
/// Longest name of a key.
const NAME_BYTES_MAX: usize = 100;

/// One key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// What it is called by programs: the middle of the key.
    pub id: String,
    /// What it is called by people.
    pub name: String,
    /// What its bearer may ask.
    pub role: Role,
    /// The regions that it may ask; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionId>,
    /// The only vehicle that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<VehicleId>,
    /// The only node that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Requests a second, if not as many as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// SHA-256 of the key, in URL-safe base64.
    pub sha256: String,
    /// When it was made.
    pub created: Instant,
    /// From when on it is no longer good.
    pub expires: Instant,
}

impl KeyRecord {
    /// Errors: a name without characters, or too long; a vehicle's key that is for no vehicle, or another that is for one.
    fn validate(&self) -> Result<(), Invalid> {
        let size = |most| Rule::Size { least: 1, most, unit: "bytes".into() };
        if self.name.is_empty() || self.name.len() > NAME_BYTES_MAX {
            return Err(Invalid::new("name", &self.name, size(NAME_BYTES_MAX)));
        }
        grant::validate(self.role, self.vehicle.as_ref(), self.node.as_ref(), self.requests_per_second)
    }
}

/// A key as it is handed out, once. It is never printed but by whoever made it.
pub struct NewKey(String);

impl NewKey {
    /// The key, to be handed over to its bearer.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What can be wrong with a file of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read or written.
    #[error("E0610 cannot use the keys in {}: {cause}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What the system said, or what is wrong in it.
        cause: String,
    },
    /// A value breaks a rule.
    #[error("E0610 {0}")]
    Invalid(#[from] Invalid),
    /// The system has no randomness to give.
    #[error("E0610 the system gives no randomness: {0}")]
    Random(String),
}

/// The keys of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    #[serde(default)]
    key: Vec<KeyRecord>,
}

impl Keys {
    /// Errors: the file cannot be read, or is none that `paceline keys` wrote.
    pub fn read(file: &Path) -> Result<Self, KeysError> {
        let unusable = |cause: String| KeysError::File { file: file.to_owned(), cause };
        let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
        let keys: Self = toml::from_str(&text).map_err(|error| unusable(error.message().to_owned()))?;
        keys.validate().map_err(|invalid| unusable(invalid.to_string()))?;
        Ok(keys)
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.key.len() > KEYS_MAX {
            let rule = Rule::Size { least: 0, most: KEYS_MAX, unit: "keys".into() };
            return Err(Invalid::new("key", format!("{} keys", self.key.len()), rule));
        }
        self.key.iter().try_for_each(|key| key.validate().map_err(|invalid| invalid.within(&key.id)))
    }

    /// Writes the file whole or not at all, readable by its owner only. Errors: it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), KeysError> {
        let unusable = |cause: String| KeysError::File { file: file.to_owned(), cause };
        let text = toml::to_string_pretty(self).map_err(|error| unusable(error.to_string()))?;
        private::replace(file, text.as_bytes()).map_err(|error| unusable(error.to_string()))
    }

    /// Makes a key and adds it; `record` says all but its id and its hash.
    ///
    /// Errors: a value breaks a rule; too many keys; no randomness.
    pub fn add(&mut self, record: KeyRecord) -> Result<NewKey, KeysError> {
        let (mut id, mut secret) = ([0; 6], [0; 32]);
        for bytes in [&mut id[..], &mut secret[..]] {
            getrandom::fill(bytes).map_err(|error| KeysError::Random(error.to_string()))?;
        }
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = NewKey(format!("{PREFIX}{id}_{}", BASE64_URL_SAFE_NO_PAD.encode(secret)));
        let sha256 = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&key.0));
        self.key.push(KeyRecord { id, sha256, ..record });
        self.validate()?;
        Ok(key)
    }

    /// Takes a key out; `false`: there is none of this id.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.key.len();
        self.key.retain(|key| key.id != id);
        self.key.len() < before
    }

    /// All keys, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &KeyRecord> {
        self.key.iter()
    }
}

mod private {
    //! A file that only its owner reads, replaced as a whole.
    use std::fs::{File, OpenOptions};
    use std::io::{self, Write as _};
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::path::Path;

    pub(super) fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
        let new = file.with_extension("new");
        let mut open = OpenOptions::new();
        let mut written = open.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        written.write_all(bytes)?;
        written.sync_all()?;
        std::fs::rename(&new, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// Keys as they are looked up.
#[derive(Debug, Default)]
pub(super) struct KeyTable(BTreeMap<String, (Vec<u8>, Instant, Arc<Principal>)>);

impl KeyTable {
    pub(super) fn of(keys: &Keys) -> Self {
        let row = |key: &KeyRecord| {
            let principal = Principal {
                name: format!("key {} ({})", key.id, key.name),
                role: key.role,
                regions: key.regions.clone(),
                vehicle: key.vehicle.clone(),
                node: key.node.clone(),
                rate: key.requests_per_second,
            };
            // A hash that is no base64 is nobody's.
            let hash = BASE64_URL_SAFE_NO_PAD.decode(&key.sha256).unwrap_or_default();
            (key.id.clone(), (hash, key.expires, Arc::new(principal)))
        };
        Self(keys.iter().map(row).collect())
    }

    /// Whose key this is; `None`: it does not look like a key at all.
    pub(super) fn find(&self, presented: &[u8], now: Instant) -> Option<Result<Arc<Principal>, Wrong>> {
        let text = std::str::from_utf8(presented).ok()?;
        let (id, _) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let Some((hash, expires, principal)) = self.0.get(id) else { return Some(Err(Wrong::UnknownKey)) };
        let same: bool = hash.as_slice().ct_eq(Sha256::digest(presented).as_slice()).into();
        Some(match same {
            false => Err(Wrong::UnknownKey),
            true if *expires <= now => Err(Wrong::ExpiredKey),
            true => Ok(principal.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(role: Role, vehicle: Option<&str>) -> KeyRecord {
        KeyRecord {
            id: String::new(),
            name: "a test".into(),
            role,
            regions: Vec::new(),
            vehicle: vehicle.map(|id| VehicleId::new(id).expect("an id")),
            node: None,
            requests_per_second: None,
            sha256: String::new(),
            created: Instant(0),
            expires: Instant(1_000),
        }
    }

    #[test]
    fn a_key_opens_until_it_expires_and_nothing_like_it_does() {
        let mut keys = Keys::default();
        let key = keys.add(record(Role::Rider, None)).expect("it can be made");
        let other = keys.add(record(Role::Admin, None)).expect("it can be made");
        assert_ne!(key.reveal(), other.reveal());
        let table = KeyTable::of(&keys);
        let found =
            |text: &str, at| table.find(text.as_bytes(), Instant(at)).map(|found| found.map(|p| p.role));
        assert_eq!(found(key.reveal(), 999), Some(Ok(Role::Rider)));
        assert_eq!(found(key.reveal(), 1_000), Some(Err(Wrong::ExpiredKey)));
        let (id, secret) = (&key.reveal()[..16], &other.reveal()[16..]);
        for wrong in [&format!("{id}{secret}"), &format!("{}A", key.reveal()), id, "pl_ffffffffffff_x"] {
            assert_eq!(found(wrong, 0), Some(Err(Wrong::UnknownKey)), "{wrong}");
        }
        assert_eq!(found("eyJhbGciOi.x.y", 0), None);
    }

    #[test]
    fn a_file_has_no_secret_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("keys.toml");
        let mut keys = Keys::default();
        let key = keys.add(record(Role::Vehicle, Some("v1"))).expect("it can be made");
        keys.write(&file).expect("it can be written");
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert!(
            !text.contains(&key.reveal()[16..]) && !format!("{keys:?} {key:?}").contains(&key.reveal()[16..])
        );
        assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
        let mut read = Keys::read(&file).expect("it can be read");
        assert_eq!(read, keys);
        let id = read.iter().next().expect("one").id.clone();
        assert!(read.remove(&id) && !read.remove(&id));
    }

    #[test]
    fn a_vehicles_key_names_its_vehicle_and_no_other_does() {
        let made =
            |role, vehicle| Keys::default().add(record(role, vehicle)).map(drop).map_err(|e| e.to_string());
        assert_eq!(made(Role::Vehicle, Some("v1")), Ok(()));
        let missing = made(Role::Vehicle, None).expect_err("it must be refused");
        assert!(
            missing.ends_with("vehicle is left out: must be given: a vehicle speaks only for itself"),
            "{missing}"
        );
        assert!(made(Role::Rider, Some("v1")).expect_err("it must be refused").contains("role rider"));
    }
}
