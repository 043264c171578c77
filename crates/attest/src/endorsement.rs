//! Who made the TPM: the chain of an endorsement key's certificate, up to configured roots. Revocation is not asked for: makers of TPMs publish lists that
//! hardly any box could fetch; a key that is no longer believed is taken out by an operator.

use crate::key::EndorsementKey;
use jiff::Timestamp;
use p256::PublicKey;
use p256::pkcs8::DecodePublicKey;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring};

/// Bytes of a certificate.
const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Certificates of a chain, without its root.
const CHAIN_MAX: usize = 6;

/// `tcg-kp-EKCertificate`, 2.23.133.8.1.
const EK_CERTIFICATE: &[u8] = &[0x67, 0x81, 0x05, 0x08, 0x01];

/// What authorities may sign with.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    ring::ECDSA_P256_SHA256,
    ring::ECDSA_P256_SHA384,
    ring::ECDSA_P384_SHA256,
    ring::ECDSA_P384_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA256,
    ring::RSA_PKCS1_2048_8192_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA512,
];

/// Why an endorsement key is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndorsementError {
    /// More, or longer, certificates than are read.
    #[error(
        "a chain of {certificates} certificates with up to {bytes} bytes: at most {CHAIN_MAX} of {CERTIFICATE_BYTES_MAX} are read"
    )]
    TooLong {
        /// Certificates.
        certificates: usize,
        /// Bytes of the longest.
        bytes: usize,
    },
    /// The box sent none.
    #[error("no certificate of the endorsement key was sent")]
    Missing,
    /// One of the chain has expired.
    #[error("a certificate of the endorsement key's chain has expired")]
    Expired,
    /// One of the chain does not hold yet: check the clock.
    #[error("a certificate of the endorsement key's chain does not hold yet")]
    NotYet,
    /// None of the roots vouches for it.
    #[error("no configured root vouches for the endorsement key's certificate")]
    UnknownIssuer,
    /// The certificate is not of this key.
    #[error("the certificate is of another key than the public area")]
    OtherKey,
    /// Something else is wrong with it.
    #[error("the endorsement key's certificate: {0}")]
    Certificate(String),
}

/// Makers of TPMs that are believed.
pub struct Roots(Vec<TrustAnchor<'static>>);

impl Roots {
    /// Roots as DER certificates. Errors: one that is none.
    pub fn new(certificates: &[Vec<u8>]) -> Result<Self, EndorsementError> {
        let anchor = |bytes: &Vec<u8>| {
            let certificate = CertificateDer::from(bytes.as_slice());
            anchor_from_trusted_cert(&certificate)
                .map(|anchor| anchor.to_owned())
                .map_err(|error| refused(&error))
        };
        Ok(Self(certificates.iter().map(anchor).collect::<Result<_, _>>()?))
    }

    /// Whether a root vouches for the key at that time. `chain` begins with its certificate; authorities between follow, in any order.
    ///
    /// Errors: too long a chain, an expired certificate, an authority that nobody configured, a certificate of another key.
    pub fn check(
        &self,
        key: &EndorsementKey,
        chain: &[Vec<u8>],
        at: Timestamp,
    ) -> Result<(), EndorsementError> {
        let bytes = chain.iter().map(Vec::len).max().ok_or(EndorsementError::Missing)?;
        if chain.len() > CHAIN_MAX || bytes > CERTIFICATE_BYTES_MAX {
            return Err(EndorsementError::TooLong { certificates: chain.len(), bytes });
        }
        let certificates: Vec<CertificateDer<'_>> =
            chain.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
        let leaf = EndEntityCert::try_from(&certificates[0]).map_err(|error| refused(&error))?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::required_if_present(EK_CERTIFICATE);
        leaf.verify_for_usage(ALGORITHMS, &self.0, &certificates[1..], now, usage, None, None)
            .map_err(|error| refused(&error))?;
        let certified = PublicKey::from_public_key_der(leaf.subject_public_key_info().as_ref());
        if certified.ok() == Some(key.point) { Ok(()) } else { Err(EndorsementError::OtherKey) }
    }
}

fn refused(error: &webpki::Error) -> EndorsementError {
    match error {
        webpki::Error::CertExpired { .. } => EndorsementError::Expired,
        webpki::Error::CertNotValidYet { .. } => EndorsementError::NotYet,
        webpki::Error::UnknownIssuer => EndorsementError::UnknownIssuer,
        other => EndorsementError::Certificate(other.to_string()),
    }
}
