//! What only one TPM can open: `TPM2_MakeCredential` without a TPM, for an endorsement key on P-256. Source: TPM 2.0 Library, part 1, section 24
//! and annex C.6.
//!
//! The box opens it by `TPM2_ActivateCredential`, which does so only if the attestation key of this name is loaded in the TPM that holds the endorsement
//! key. Who gives the secret back has shown that both keys are in one TPM.

use crate::kdf::{hmac, kdf_a, kdf_e};
use crate::key::{AttestationKey, EndorsementKey};
use aes::Aes128;
use cfb_mode::Encryptor;
use cfb_mode::cipher::KeyIvInit;
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{NonZeroScalar, PublicKey, SecretKey};

/// What is sent to the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// `TPM2B_ID_OBJECT`: the secret, encrypted and bound to the attestation key's name.
    pub blob: Vec<u8>,
    /// `TPM2B_ENCRYPTED_SECRET`: how the endorsement key finds the seed.
    pub seed: Vec<u8>,
}

impl Credential {
    /// As `tpm2_activatecredential` of tpm2-tools reads it from a file.
    pub fn tools_file(&self) -> Vec<u8> {
        [&0xbadc_c0de_u32.to_be_bytes()[..], &1u32.to_be_bytes(), &self.blob, &self.seed].concat()
    }
}

/// Encrypts `secret` so that only the TPM with both keys can open it. `random` has to be fresh and secret each time; `None`, with a chance of
/// 2^-32, if it is no scalar of the curve: draw again.
pub fn make_credential(
    endorsement: &EndorsementKey,
    attestation: &AttestationKey,
    secret: &[u8; 32],
    random: &[u8; 32],
) -> Option<Credential> {
    let ours = SecretKey::from_slice(random).ok()?;
    let common = diffie_hellman(NonZeroScalar::from(&ours), endorsement.point.as_affine());
    let (x, y) = coordinates(&ours.public_key());
    let (theirs, _) = coordinates(&endorsement.point);
    let seed = kdf_e(common.raw_secret_bytes(), "IDENTITY", &x, &theirs);
    let name = attestation.name();

    let mut encrypted = sized(secret);
    let key = kdf_a(&seed, "STORAGE", name, 128);
    let mut cipher_key = [0; 16];
    cipher_key.copy_from_slice(&key[..16]);
    Encryptor::<Aes128>::new(&cipher_key.into(), &[0; 16].into()).encrypt(&mut encrypted);
    let integrity = hmac(&kdf_a(&seed, "INTEGRITY", &[], 256), &[&encrypted, name]);
    let blob = sized(&[sized(&integrity), encrypted].concat());
    Some(Credential { blob, seed: sized(&[sized(&x), sized(&y)].concat()) })
}

fn coordinates(key: &PublicKey) -> (Vec<u8>, Vec<u8>) {
    let point = key.to_sec1_point(false);
    let part = |of: Option<&p256::FieldBytes>| of.map(|bytes| bytes.to_vec()).unwrap_or_default();
    (part(point.x()), part(point.y()))
}

/// A `TPM2B` of fewer than 64 KiB.
fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}
