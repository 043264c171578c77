//! An authority that signs certificates for tests, and the files that they are read from.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a client's certificate says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Client {
    pub common_name: &'static str,
    pub uri: Option<&'static str>,
    /// 0: a random one.
    pub serial: u64,
    /// When it expires, in seconds since 1970.
    pub ends_s: Option<u64>,
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

    /// A certificate for a client, in `dir/NAME.pem` and `dir/NAME.key`.
    pub fn client(&self, dir: &Path, name: &str, client: Client) -> Pair {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, client.common_name);
        params.serial_number = (client.serial > 0).then(|| SerialNumber::from(client.serial));
        let uri = client.uri.map(|uri| SanType::URI(uri.try_into().expect("a URI")));
        params.subject_alt_names = uri.into_iter().collect();
        if let Some(seconds) = client.ends_s {
            params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
        }
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth, &dir.join(name))
    }

    /// The list of certificates that are revoked, by their serial numbers.
    pub fn revoked(&self, serials: &[u64]) -> String {
        let of = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2099, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(of).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).expect("a list").pem().expect("PEM")
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
