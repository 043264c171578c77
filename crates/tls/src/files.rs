//! Certificates and keys, read from files in PEM. What is wrong is said with the file and the rule; what stands in a key file is never said.

use crate::provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, RootCertStore};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file that is read. All authorities that systems trust are some 220 kB.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("E0613 cannot use {}: {rule}", file.display())]
pub struct TlsFileError {
    /// Which file.
    pub file: PathBuf,
    /// What it breaks, or what the system said.
    pub rule: String,
}

/// A certificate with those that it is signed by, and its private key.
///
/// Errors: a file cannot be read or is no PEM; the key is not the certificate's, or of an algorithm that is not known.
pub fn certified_key(certificate_file: &Path, key_file: &Path) -> Result<Arc<CertifiedKey>, TlsFileError> {
    let chain = certificates(certificate_file)?;
    let key = private_key(key_file)?;
    let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let certificate = certificate_file.display();
            unusable(key_file, format!("must be the key of the first certificate in {certificate}"))
        }
        Error::InvalidCertificate(why) => {
            unusable(certificate_file, format!("its first certificate cannot be read: {why:?}"))
        }
        // Says which kind of key it is not, and nothing of the key.
        other => unusable(key_file, format!("must be a key by RSA, ECDSA or Ed25519: {other}")),
    })?;
    Ok(Arc::new(certified))
}

/// The authorities of a file, each of which is believed.
///
/// Errors: the file cannot be read, is no PEM, or has a certificate that is none.
pub fn trusted(ca_file: &Path) -> Result<RootCertStore, TlsFileError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca_file)? {
        roots
            .add(certificate)
            .map_err(|error| unusable(ca_file, format!("a certificate in it cannot be read: {error}")))?;
    }
    Ok(roots)
}

/// The lists of revoked certificates of a file, at least one.
///
/// Errors: the file cannot be read, or has none.
pub fn revoked(crl_file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsFileError> {
    let pem = read(crl_file)?;
    let found = CertificateRevocationListDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable(
            crl_file,
            "must have a list of revoked certificates in PEM (-----BEGIN X509 CRL-----)".into(),
        )),
    }
}

/// At least one. Errors: as [`trusted`].
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
    let pem = read(file)?;
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable(file, "must have a certificate in PEM (-----BEGIN CERTIFICATE-----)".into())),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsFileError> {
    PrivateKeyDer::from_pem_slice(&read(file)?).map_err(|_| {
        let rule = "must have a private key in PEM without a pass phrase (-----BEGIN PRIVATE KEY-----)";
        unusable(file, rule.into())
    })
}

fn read(file: &Path) -> Result<Vec<u8>, TlsFileError> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    match opened {
        Err(error) => Err(unusable(file, error.to_string())),
        Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => {
            Err(unusable(file, format!("must have at most {FILE_BYTES_MAX} bytes")))
        }
        Ok(_) => Ok(bytes),
    }
}

fn unusable(file: &Path, rule: String) -> TlsFileError {
    TlsFileError { file: file.to_owned(), rule }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    /// Writes a certificate and two keys, of which the first is its own; says what comes of reading `certificate` and `key`.
    fn check(certificate: &str, key: &str, expected: &str) {
        let dir = tempfile::tempdir().expect("a directory");
        let file = |name: &str| dir.path().join(name);
        let (own, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let made =
            CertificateParams::new(vec!["localhost".into()]).and_then(|params| params.self_signed(&own));
        let pem = made.expect("a certificate").pem();
        for (name, text) in [
            ("server.pem", pem.as_str()),
            ("server.key", &own.serialize_pem()),
            ("other.key", &other.serialize_pem()),
            ("words.pem", "no PEM at all"),
            ("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ] {
            std::fs::write(file(name), text).expect("it can be written");
        }
        let said = match certified_key(&file(certificate), &file(key)) {
            Ok(_) => "good".to_owned(),
            Err(error) => error.to_string().replace(&format!("{}/", dir.path().display()), ""),
        };
        assert_eq!(said, expected, "{certificate} and {key}");
    }

    #[test]
    fn a_pair_is_read_and_what_is_none_is_refused_by_file_and_rule() {
        check("server.pem", "server.key", "good");
        check(
            "server.pem",
            "other.key",
            "E0613 cannot use other.key: must be the key of the first certificate in server.pem",
        );
        check(
            "words.pem",
            "server.key",
            "E0613 cannot use words.pem: must have a certificate in PEM (-----BEGIN CERTIFICATE-----)",
        );
        check(
            "server.key",
            "server.key",
            "E0613 cannot use server.key: must have a certificate in PEM (-----BEGIN CERTIFICATE-----)",
        );
        check(
            "broken.pem",
            "server.key",
            "E0613 cannot use broken.pem: its first certificate cannot be read: BadEncoding",
        );
        check(
            "server.pem",
            "server.pem",
            "E0613 cannot use server.pem: must have a private key in PEM without a pass phrase (-----BEGIN PRIVATE KEY-----)",
        );
        check("server.pem", "gone.key", "E0613 cannot use gone.key: No such file or directory (os error 2)");
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_not_read_to_its_end() {
        let said = read(Path::new("/dev/zero")).expect_err("it has no end").rule;
        assert_eq!(said, "must have at most 4194304 bytes");
    }
}
