//! By which certificate a listener speaks TLS: the sections `[serve.tls]` and `[admin.tls]` of a server's file. The page of all keys is
//! `docs/configuration.md`.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// By which certificate a listener speaks TLS. The files are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOptions {
    /// The server's certificate, and those that it is signed by but for the last, in PEM.
    pub certificate_file: PathBuf,
    /// The certificate's private key, in PEM.
    pub key_file: PathBuf,
}

impl TlsOptions {
    /// All files that are read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        vec![self.certificate_file.clone(), self.key_file.clone()]
    }
}
