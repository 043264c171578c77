//! An authority that signs certificates for tests, and the files that they are read from.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::path::{Path, PathBuf};

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, in files.
#[derive(Clone, Debug)]
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// The authority's own certificate.
    pub fn file(&self, dir: &Path, name: &str) -> PathBuf {
        let file = dir.join(name);
        std::fs::write(&file, &self.pem).expect("it can be written");
        file
    }

    /// A certificate for a server on the loopback, in `dir/NAME.pem` and `dir/NAME.key`.
    pub fn server(&self, dir: &Path, name: &str) -> Pair {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).expect("names");
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth, &dir.join(name))
    }

    fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose, stem: &Path) -> Pair {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("a certificate");
        let pair = Pair { certificate: stem.with_extension("pem"), key: stem.with_extension("key") };
        std::fs::write(&pair.key, key.serialize_pem()).expect("it can be written");
        std::fs::write(&pair.certificate, signed.pem()).expect("it can be written");
        pair
    }
}
