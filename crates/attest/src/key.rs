//! Public areas of a TPM's keys (`TPM2B_PUBLIC`), and what they must be to count. Source: TPM 2.0 Library, part 2, section 12.2.

use crate::pcr::Digest;
use crate::quote::{ALG_ECDSA, ALG_SHA256, padded};
use crate::read::{Malformed, Reader};
use p256::PublicKey;
use p256::ecdsa::VerifyingKey;
use p256::elliptic_curve::sec1::{FromSec1Point, Sec1Point};
use sha2::{Digest as _, Sha256};

/// Bytes of a public area (`TPM2B_PUBLIC`): 90 to 130 for ECC keys.
const PUBLIC_BYTES_MAX: usize = 1024;

const ALG_RSA: u16 = 0x0001;
const ALG_AES: u16 = 0x0006;
const ALG_NULL: u16 = 0x0010;
const ALG_ECC: u16 = 0x0023;
const ALG_CFB: u16 = 0x0043;
const NIST_P256: u16 = 0x0003;

/// `TPMA_OBJECT`: never leaves its TPM, nor its parent, and the TPM made its secret.
const OF_THE_TPM: u32 = 1 << 1 | 1 << 4 | 1 << 5;
const RESTRICTED: u32 = 1 << 16;
const DECRYPT: u32 = 1 << 17;
const SIGN: u32 = 1 << 18;

/// Why a key does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("the public area: {0}")]
    Malformed(#[from] Malformed),
    /// Makers certify RSA endorsement keys too; one kind is enough, and every TPM 2.0 of the PC client profile can make an ECC key.
    #[error(
        "an RSA key: only ECC keys on P-256 with SHA-256 are taken; a TPM 2.0 makes one from its own seed (template L-2)"
    )]
    Rsa,
    /// Its point is not on the curve.
    #[error("its point is not on P-256")]
    Point,
    /// It is not what it must be: one that could leave its TPM, or sign what the TPM did not make.
    #[error("attributes {has:#010x}: {must}")]
    Attributes {
        /// As they are.
        has: u32,
        /// What they must be.
        must: &'static str,
    },
}

/// A key that signs what its TPM makes, and nothing else.
#[derive(Clone, Debug)]
pub struct AttestationKey {
    key: VerifyingKey,
    name: Vec<u8>,
}

impl AttestationKey {
    /// Errors: not a restricted signing key on P-256 that its TPM made and never gives away.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let area = PublicArea::parse(bytes)?;
        let (attributes, must) =
            (area.attributes, "an attestation key is fixed to its TPM, restricted, and only signs");
        let all = OF_THE_TPM | RESTRICTED | SIGN;
        if attributes & all != all || attributes & DECRYPT != 0 || area.cipher.is_some() {
            return Err(KeyError::Attributes { has: attributes, must });
        }
        Ok(Self { key: VerifyingKey::from(&area.point), name: area.name })
    }

    /// Its name: the hash algorithm and the hash of the public area, so that it covers the attributes.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    pub(crate) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// What an operator compares by eye: SHA-256 of the public area.
    pub fn fingerprint(&self) -> Digest {
        fingerprint(&self.name)
    }
}

/// The key that a TPM was born with: it opens what is encrypted for it.
#[derive(Clone, Debug)]
pub struct EndorsementKey {
    pub(crate) point: PublicKey,
    name: Vec<u8>,
}

impl EndorsementKey {
    /// Errors: not a restricted decrypting key on P-256 with AES-128, as the profile's template L-2 has it.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let area = PublicArea::parse(bytes)?;
        let (attributes, must) = (
            area.attributes,
            "an endorsement key is fixed to its TPM, restricted, and decrypts with AES-128",
        );
        let all = OF_THE_TPM | RESTRICTED | DECRYPT;
        if attributes & all != all || attributes & SIGN != 0 || area.cipher != Some(128) {
            return Err(KeyError::Attributes { has: attributes, must });
        }
        Ok(Self { point: area.point, name: area.name })
    }

    /// What tells one TPM from another: SHA-256 of the public area.
    pub fn fingerprint(&self) -> Digest {
        fingerprint(&self.name)
    }
}

fn fingerprint(name: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(&name[2..]);
    Digest(digest)
}

struct PublicArea {
    attributes: u32,
    /// Bits of the cipher that protects what is encrypted for it.
    cipher: Option<u16>,
    point: PublicKey,
    name: Vec<u8>,
}

impl PublicArea {
    fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::new(bytes, PUBLIC_BYTES_MAX)?;
        let area = outer.sized()?;
        outer.end()?;
        let mut reader = Reader::new(area, PUBLIC_BYTES_MAX)?;
        let algorithm = reader.u16()?;
        if algorithm != ALG_ECC {
            return Err(if algorithm == ALG_RSA { KeyError::Rsa } else { reader.error("not a key").into() });
        }
        reader.expect_u16(ALG_SHA256, "not named by SHA-256")?;
        let attributes = reader.u32()?;
        reader.sized()?; // its policy of authorisation
        let cipher = cipher(&mut reader)?;
        scheme(&mut reader)?;
        let curve = reader.u16()?;
        if curve != NIST_P256 {
            return Err(reader.error("not on P-256").into());
        }
        reader.expect_u16(ALG_NULL, "a key derivation of its own")?;
        let (x, y) = (padded(&mut reader)?, padded(&mut reader)?);
        reader.end()?;
        let point = Sec1Point::<p256::NistP256>::from_affine_coordinates(&x.into(), &y.into(), false);
        let point = Option::from(PublicKey::from_sec1_point(&point)).ok_or(KeyError::Point)?;
        let name = [&ALG_SHA256.to_be_bytes()[..], &Sha256::digest(area)].concat();
        Ok(Self { attributes, cipher, point, name })
    }
}

fn cipher(reader: &mut Reader<'_>) -> Result<Option<u16>, Malformed> {
    match reader.u16()? {
        ALG_NULL => Ok(None),
        ALG_AES => {
            let bits = reader.u16()?;
            reader.expect_u16(ALG_CFB, "not AES in CFB mode")?;
            Ok(Some(bits))
        }
        _ => Err(reader.error("a cipher other than AES")),
    }
}

fn scheme(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    match reader.u16()? {
        ALG_NULL => Ok(()),
        ALG_ECDSA => reader.expect_u16(ALG_SHA256, "a scheme that does not sign over SHA-256"),
        _ => Err(reader.error("a scheme other than ECDSA")),
    }
}
