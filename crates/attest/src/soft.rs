//! A TPM in memory, for tests and benches that want one on every machine: its keys come from a seed, its registers from its log, and nothing
//! protects it. Behind the feature `soft`; no verifier uses it.

use crate::credential::Credential;
use crate::kdf::{hmac, kdf_a, kdf_e};
use crate::log::EventLog;
use crate::pcr::{Digest, PcrSet};
use crate::quote::ClockInfo;
use aes::Aes128;
use cfb_mode::Decryptor;
use cfb_mode::cipher::KeyIvInit;
use p256::ecdh::diffie_hellman;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::{FromSec1Point, Sec1Point, ToSec1Point};
use p256::{PublicKey, SecretKey};
use sha2::{Digest as _, Sha256};

/// A TPM with an endorsement key and an attestation key.
#[derive(Clone)]
pub struct SoftTpm {
    endorsement: SecretKey,
    attestation: SecretKey,
    log: Vec<(u8, Digest)>,
    /// What it signs of its clock.
    pub clock: ClockInfo,
}

impl SoftTpm {
    /// The TPM of that number, from 1 to 100, in a box that has just started. Another number is another TPM.
    pub fn new(number: u8) -> Self {
        let key = |kind: u8| SecretKey::from_slice(&[[kind; 31].as_slice(), &[number]].concat());
        let (Ok(endorsement), Ok(attestation)) = (key(1), key(2)) else {
            unreachable!("scalars of the curve")
        };
        let clock = ClockInfo { clock_ms: 1_000, resets: 1, restarts: 0 };
        Self { endorsement, attestation, log: Vec::new(), clock }
    }

    /// Measures something into a register, and notes it in the log.
    pub fn measure(&mut self, pcr: u8, what: &[u8]) -> Digest {
        let digest = Digest(Sha256::digest(what).into());
        self.log.push((pcr, digest));
        digest
    }

    /// The box starts again, with nothing measured yet.
    pub fn reboot(&mut self) {
        self.log.clear();
        self.clock.resets += 1;
    }

    /// `TPM2B_PUBLIC` of the endorsement key, as the profile's template L-2 has it.
    pub fn endorsement_key(&self) -> Vec<u8> {
        area(0x0003_00b2, &[0, 6, 0, 128, 0, 0x43], &[0, 0x10], &self.endorsement.public_key())
    }

    /// `TPM2B_PUBLIC` of the attestation key.
    pub fn attestation_key(&self) -> Vec<u8> {
        area(0x0005_0072, &[0, 0x10], &[0, 0x18, 0, 0x0b], &self.attestation.public_key())
    }

    /// What a credential holds. `None`: it was made for other keys.
    pub fn open(&self, credential: &Credential) -> Option<Vec<u8>> {
        let (x, y) = (credential.seed.get(4..36)?, credential.seed.get(38..70)?);
        let point = Sec1Point::<p256::NistP256>::from_affine_coordinates(
            x.try_into().ok()?,
            y.try_into().ok()?,
            false,
        );
        let theirs = PublicKey::from_sec1_point(&point).into_option()?;
        let common = diffie_hellman(self.endorsement.to_nonzero_scalar(), theirs.as_affine());
        let (own, _) = coordinates(&self.endorsement.public_key());
        let seed = kdf_e(common.raw_secret_bytes(), "IDENTITY", x, &own);
        let area = self.attestation_key();
        let name = [&[0, 0x0b][..], &Sha256::digest(&area[2..])].concat();
        let (integrity, encrypted) = (credential.blob.get(4..36)?, credential.blob.get(36..)?);
        if hmac(&kdf_a(&seed, "INTEGRITY", &[], 256), &[encrypted, &name]) != integrity {
            return None;
        }
        let key: [u8; 16] = kdf_a(&seed, "STORAGE", &name, 128)[..16].try_into().ok()?;
        let mut secret = encrypted.to_vec();
        Decryptor::<Aes128>::new(&key.into(), &[0; 16].into()).decrypt(&mut secret);
        secret.get(2..).map(<[u8]>::to_vec)
    }

    /// The log of this start, crypto-agile with one bank.
    pub fn log(&self) -> Vec<u8> {
        let spec =
            [b"Spec ID Event03\0".as_slice(), &[0; 8], &1u32.to_le_bytes(), &[0x0b, 0, 32, 0, 0]].concat();
        let mut log = [0u32.to_le_bytes(), 3u32.to_le_bytes()].concat();
        log.extend([0; 20]);
        log.extend((spec.len() as u32).to_le_bytes());
        log.extend(spec);
        for (pcr, digest) in &self.log {
            log.extend([u32::from(*pcr).to_le_bytes(), 8u32.to_le_bytes(), 1u32.to_le_bytes()].concat());
            log.extend([&[0x0b, 0][..], &digest.0, &0u32.to_le_bytes()].concat());
        }
        log
    }

    /// Signs these registers and a nonce: `TPMS_ATTEST` and `TPMT_SIGNATURE`. Its clock goes on by a second.
    pub fn quote(&mut self, nonce: &[u8], pcrs: PcrSet) -> (Vec<u8>, Vec<u8>) {
        self.clock.clock_ms += 1_000;
        let digest = EventLog::parse(&self.log()).unwrap_or_default().digest(pcrs);
        let bits = pcrs.iter().fold(0u32, |bits, pcr| bits | 1 << pcr);
        let ClockInfo { clock_ms, resets, restarts } = self.clock;
        let quote = [
            &0xff54_4347_u32.to_be_bytes()[..],
            &0x8018_u16.to_be_bytes(),
            &sized(&Sha256::digest(self.attestation_key())),
            &sized(nonce),
            &clock_ms.to_be_bytes(),
            &resets.to_be_bytes(),
            &restarts.to_be_bytes(),
            &[1],
            &1u64.to_be_bytes(),
            &1u32.to_be_bytes(),
            &[0, 0x0b, 3],
            &bits.to_le_bytes()[..3],
            &sized(&digest.0),
        ]
        .concat();
        let signed: Signature = SigningKey::from(&self.attestation).sign(&quote);
        let (r, s) = signed.split_bytes();
        let signature = [&[0, 0x18, 0, 0x0b][..], &sized(&r), &sized(&s)].concat();
        (quote, signature)
    }
}

fn area(attributes: u32, cipher: &[u8], scheme: &[u8], key: &PublicKey) -> Vec<u8> {
    let (x, y) = coordinates(key);
    let parts = [
        &[0, 0x23, 0, 0x0b][..],
        &attributes.to_be_bytes(),
        &[0, 0],
        cipher,
        scheme,
        &[0, 3, 0, 0x10],
        &sized(&x),
        &sized(&y),
    ];
    sized(&parts.concat())
}

fn coordinates(key: &PublicKey) -> (Vec<u8>, Vec<u8>) {
    let point = key.to_sec1_point(false);
    let part = |of: Option<&p256::FieldBytes>| of.map(|bytes| bytes.to_vec()).unwrap_or_default();
    (part(point.x()), part(point.y()))
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AttestationKey, EndorsementKey, Evidence, Expected, Policy, Reference, make_credential, verify,
    };

    #[test]
    fn it_is_enrolled_and_proves_itself_as_any_other() {
        let (mut tpm, other) = (SoftTpm::new(1), SoftTpm::new(2));
        let endorsement = EndorsementKey::parse(&tpm.endorsement_key()).expect("a key");
        let attestation = AttestationKey::parse(&tpm.attestation_key()).expect("a key");
        let credential = make_credential(&endorsement, &attestation, &[42; 32], &[9; 32]).expect("made");
        assert_eq!(tpm.open(&credential), Some(vec![42; 32]));
        assert_eq!(other.open(&credential), None);
        let digest = tpm.measure(4, b"kernel 1");
        let reference = Reference { digest, name: "kernel 1".into(), from: None, until: None };
        let policy = Policy { pcrs: [(4, vec![reference])].into() };
        let (quote, signature) = tpm.quote(&[7; 32], policy.selection());
        let log = tpm.log();
        let evidence = Evidence { quote: &quote, signature: &signature, log: Some(&log) };
        let at = "2027-06-01T00:00:00Z".parse().expect("a time");
        let expected = Expected {
            key: &attestation,
            nonce: &[7; 32],
            earlier: &[],
            policy: &policy,
            clock: None,
            last: None,
            at,
        };
        assert_eq!(verify(evidence, &expected).expect("a proof").clock, tpm.clock);
    }
}
