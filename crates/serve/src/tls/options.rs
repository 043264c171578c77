//! By which certificate a listener speaks TLS, and whether it asks clients for theirs: the sections `[serve.tls]` and `[admin.tls]` of a
//! server's file. The page of all keys is `docs/configuration.md`.

use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// By which certificate a listener speaks TLS, and whether it asks clients for theirs. The files are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOptions {
    /// The server's certificate, and those that it is signed by but for the last, in PEM.
    pub certificate_file: PathBuf,
    /// The certificate's private key, in PEM.
    pub key_file: PathBuf,
    /// Whether clients are asked for a certificate.
    #[serde(default)]
    pub client_certificates: ClientCertificates,
    /// The authorities whose certificates of clients are believed, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ca_file: Option<PathBuf>,
    /// Certificates of clients that these authorities have revoked, in PEM: one list of each authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_crl_file: Option<PathBuf>,
}

/// Whether clients are asked for a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificates {
    /// They are not.
    #[default]
    Off,
    /// They are, and those that have none may come.
    Optional,
    /// They are, and those that have none may not.
    Required,
}

impl TlsOptions {
    /// A listener that does not ask its clients for certificates.
    pub fn of(certificate_file: PathBuf, key_file: PathBuf) -> Self {
        let client_certificates = ClientCertificates::Off;
        Self { certificate_file, key_file, client_certificates, client_ca_file: None, client_crl_file: None }
    }

    /// Errors: certificates are asked for and no authority of theirs is named, or the other way round.
    pub fn validate(&self) -> Result<(), Invalid> {
        let off = self.client_certificates == ClientCertificates::Off;
        if !off && self.client_ca_file.is_none() {
            let rule = Rule::Shape("must name the authorities of client certificates".into());
            return Err(Invalid::new("tls.client_ca_file", "left out", rule));
        }
        let files =
            [("tls.client_ca_file", &self.client_ca_file), ("tls.client_crl_file", &self.client_crl_file)];
        match files.iter().find(|(_, file)| off && file.is_some()) {
            None => Ok(()),
            Some((field, _)) => {
                let other = "tls.client_certificates = \"off\"".to_owned();
                Err(Invalid::new(*field, "set", Rule::Without { other }))
            }
        }
    }

    /// All files that are read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let clients = self.client_ca_file.iter().chain(&self.client_crl_file);
        [&self.certificate_file, &self.key_file].into_iter().chain(clients).cloned().collect()
    }
}
