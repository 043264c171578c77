//! What a client believes, and by what it says who it is.

use crate::files::{TlsFileError, certified_key, trusted};
use crate::provider;
use rustls::client::ResolvesClientCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a client believes, and by what it says who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientTls {
    /// The authorities that are believed, in PEM; `None`: those that the system believes.
    pub ca_file: Option<PathBuf>,
    /// The client's own certificate and its private key, in PEM, for servers that ask for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl ClientTls {
    /// How a client of the server at `base` speaks TLS. The system's authorities are read for `https://` only: a machine that has none can
    /// ask by `http://` all the same.
    ///
    /// Errors: a file cannot be used; the system has no authorities.
    pub fn config(&self, base: &str) -> Result<ClientConfig, TlsFileError> {
        let identity = match &self.identity {
            Some((certificate, key)) => Some(certified_key(certificate, key)?),
            None => None,
        };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| of_system(&error))?;
        let builder = match &self.ca_file {
            Some(file) => builder.with_root_certificates(trusted(file)?),
            None if base.starts_with("https://") => {
                builder.with_platform_verifier().map_err(|error| of_system(&error))?
            }
            None => builder.with_root_certificates(RootCertStore::empty()),
        };
        Ok(match identity {
            Some(identity) => builder.with_client_cert_resolver(single(identity)),
            None => builder.with_no_client_auth(),
        })
    }
}

fn single(identity: Arc<CertifiedKey>) -> Arc<dyn ResolvesClientCert> {
    Arc::new(SingleCertAndKey::from(identity))
}

fn of_system(error: &rustls::Error) -> TlsFileError {
    let file = Path::new("the authorities that the system believes").to_owned();
    TlsFileError { file, rule: error.to_string() }
}
