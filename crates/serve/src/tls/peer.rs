//! What a client's certificate says of it, once the handshake has shown that it is theirs.

use paceline_model::Instant;
use rustls::pki_types::CertificateDer;
use std::fmt;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Most URIs of a certificate that are looked at.
const URIS_MAX: usize = 16;

/// A client's certificate, which one of the authorities has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerCertificate {
    /// The URIs of its subject alternative names.
    pub(crate) uris: Vec<String>,
    /// The common name of its subject.
    pub(crate) common_name: Option<String>,
    /// From when on it is no longer good, also on a connection that is open.
    pub(crate) ends: Instant,
}

impl PeerCertificate {
    /// `None`: it cannot be read.
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let read = Certificate::from_der(certificate).ok()?;
        let subject = read.tbs_certificate();
        let names = subject.get_extension::<SubjectAltName>().ok()?;
        let names = names.map_or(Vec::new(), |(_, names)| names.0);
        let uri = |name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
            _ => None,
        };
        let common_name = subject.subject().common_name().ok()?;
        let ends = subject.validity().not_after.to_unix_duration();
        Some(Self {
            uris: names.into_iter().filter_map(uri).take(URIS_MAX).collect(),
            common_name: common_name.map(|name| name.value().into_owned()),
            ends: Instant(u64::try_from(ends.as_millis()).unwrap_or(u64::MAX)),
        })
    }
}

impl fmt::Display for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.uris.first().or(self.common_name.as_ref());
        write!(f, "{:.100}", name.map_or("no name", String::as_str))
    }
}
