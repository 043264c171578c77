//! Files that the verifier goes by: what may have been measured (TOML), and which makers of TPMs are believed (PEM).

use jiff::Timestamp;
use paceline_attest::{EndorsementKey, Policy, Roots};
use paceline_model::Instant;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::Path;

/// Largest file that is read: 24 registers with a thousand measurements each are under it.
const POLICY_BYTES_MAX: u64 = 4 << 20;

/// The reference policy of a file. Errors: it cannot be read, or breaks a rule, which is named.
pub(super) fn policy(file: &Path) -> Result<Policy, String> {
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::metadata(file).map_err(|error| at(&error))?.len();
    if bytes > POLICY_BYTES_MAX {
        return Err(at(&format!("{bytes} bytes, at most {POLICY_BYTES_MAX} are read")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| at(&error))?;
    let policy: Policy = toml::from_str(&text).map_err(|error| at(&error))?;
    policy.validate().map_err(|error| at(&error))
}

/// Makers of TPMs that are believed.
pub(crate) struct Authorities(Roots);

impl Authorities {
    /// Errors: no certificate in it, or something else.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let at = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let all: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(file).map_err(|error| at(&error))?.collect();
        let all: Vec<Vec<u8>> = all.map_err(|error| at(&error))?.into_iter().map(|of| of.to_vec()).collect();
        if all.is_empty() {
            return Err(at(&"no certificate in it"));
        }
        Roots::new(&all).map(Self).map_err(|error| at(&error))
    }

    /// Whether one of them vouches for a key. Errors: in words, why not.
    pub(crate) fn check(&self, key: &EndorsementKey, chain: &[Vec<u8>], at: Timestamp) -> Result<(), String> {
        self.0.check(key, chain, at).map_err(|error| error.to_string())
    }
}

/// The region's time, as certificates and policies have it.
pub(crate) fn timestamp(at: Instant) -> Timestamp {
    i64::try_from(at.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX)
}
