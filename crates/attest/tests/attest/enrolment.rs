//! Keys, certificates and credentials.

use crate::fixtures::{file, now};
use aes::Aes128;
use cfb_mode::Decryptor;
use cfb_mode::cipher::KeyIvInit;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Span;
use p256::SecretKey;
use p256::elliptic_curve::sec1::{FromSec1Point, Sec1Point, ToSec1Point};
use paceline_attest::{
    AttestationKey, Credential, EndorsementError, EndorsementKey, KeyError, Roots, make_credential,
};
use sha2::{Digest, Sha256};

fn roots(file_name: &str) -> Roots {
    Roots::new(&[file(file_name)]).unwrap()
}

fn key() -> EndorsementKey {
    EndorsementKey::parse(&file("ek.pub")).unwrap()
}

#[test]
fn a_configured_root_vouches_for_the_key() {
    roots("root.crt").check(&key(), &[file("ek.crt"), file("issuer.crt")], now()).unwrap();
}

#[test]
fn an_expired_certificate_is_refused() {
    let check = |at| roots("root.crt").check(&key(), &[file("ek-expired.crt"), file("issuer.crt")], at);
    assert_eq!(check(now()), Err(EndorsementError::Expired));
    let before = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(check(before), Err(EndorsementError::NotYet));
    assert_eq!(check(now() + Span::new().hours(24)), Err(EndorsementError::Expired));
}

#[test]
fn a_chain_that_no_root_vouches_for_is_refused() {
    let check = |root: &str, chain: &[&str]| {
        let chain: Vec<Vec<u8>> = chain.iter().map(|name| file(name)).collect();
        roots(root).check(&key(), &chain, now())
    };
    assert_eq!(check("root.crt", &["ek-stranger.crt", "issuer.crt"]), Err(EndorsementError::UnknownIssuer));
    assert_eq!(
        check("root.crt", &["ek.crt"]),
        Err(EndorsementError::UnknownIssuer),
        "its issuer is left out"
    );
    assert_eq!(check("root.crt", &[]), Err(EndorsementError::Missing));
    assert!(matches!(
        check("root.crt", &["ek.crt"; 7]),
        Err(EndorsementError::TooLong { certificates: 7, .. })
    ));
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    // The public area of another TPM: the same, but for the point.
    let mut area = file("ek.pub");
    let point = SecretKey::from_slice(&[7; 32]).unwrap().public_key().to_sec1_point(false);
    let at = area.len() - 68;
    area[at + 2..at + 34].copy_from_slice(point.x().unwrap());
    area[at + 36..].copy_from_slice(point.y().unwrap());
    let other = EndorsementKey::parse(&area).unwrap();
    let chain = [file("ek.crt"), file("issuer.crt")];
    assert_eq!(roots("root.crt").check(&other, &chain, now()), Err(EndorsementError::OtherKey));
}

#[test]
fn a_key_that_could_sign_anything_or_leave_its_tpm_is_refused() {
    let area = file("ak.pub");
    // Attributes follow two sizes, the kind and the hash of the name.
    for (bit, what) in [
        (1, "fixed to its TPM"),
        (4, "fixed to its parent"),
        (5, "made there"),
        (16, "restricted"),
        (18, "signs"),
    ] {
        let mut other = area.clone();
        other[6 + 3 - bit / 8] &= !(1 << (bit % 8));
        assert!(matches!(AttestationKey::parse(&other), Err(KeyError::Attributes { .. })), "not {what}");
    }
    assert!(matches!(AttestationKey::parse(&file("ek.pub")), Err(KeyError::Attributes { .. })));
    assert!(matches!(EndorsementKey::parse(&area), Err(KeyError::Attributes { .. })));
    let rsa = [0, 2, 0, 1];
    assert!(matches!(AttestationKey::parse(&rsa), Err(KeyError::Rsa)));
}

/// What `TPM2_ActivateCredential` does, with a secret key that is no TPM's.
fn activate(ours: &SecretKey, name: &[u8], credential: &Credential) -> Option<Vec<u8>> {
    let (x, y) = (&credential.seed[4..36], &credential.seed[38..70]);
    let point =
        Sec1Point::<p256::NistP256>::from_affine_coordinates(x.try_into().ok()?, y.try_into().ok()?, false);
    let theirs = p256::PublicKey::from_sec1_point(&point).into_option()?;
    let common = p256::ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
    let own = ours.public_key().to_sec1_point(false);
    let common = common.raw_secret_bytes().as_slice();
    let seed = Sha256::digest([&[0, 0, 0, 1][..], common, b"IDENTITY\0", x, own.x()?.as_slice()].concat());
    let mac = |key: &[u8], parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let (integrity, encrypted) = (&credential.blob[4..36], &credential.blob[36..]);
    let key = mac(&seed, &[&[0, 0, 0, 1], b"INTEGRITY\0", &[0, 0, 1, 0]]);
    if mac(&key, &[encrypted, name]).as_slice() != integrity {
        return None;
    }
    let key = mac(&seed, &[&[0, 0, 0, 1], b"STORAGE\0", name, &[0, 0, 0, 128]]);
    let mut secret = encrypted.to_vec();
    Decryptor::<Aes128>::new(key[..16].try_into().ok()?, &[0; 16].into()).decrypt(&mut secret);
    Some(secret[2..].to_vec())
}

#[test]
fn only_both_keys_together_open_a_credential() {
    let ours = SecretKey::from_slice(&[7; 32]).unwrap();
    let point = ours.public_key().to_sec1_point(false);
    let mut area = file("ek.pub");
    let at = area.len() - 68;
    area[at + 2..at + 34].copy_from_slice(point.x().unwrap());
    area[at + 36..].copy_from_slice(point.y().unwrap());
    let endorsement = EndorsementKey::parse(&area).unwrap();
    let [ak, other] = ["ak.pub", "other.pub"].map(|name| AttestationKey::parse(&file(name)).unwrap());

    let credential = make_credential(&endorsement, &ak, &[42; 32], &[9; 32]).unwrap();
    assert_eq!(activate(&ours, ak.name(), &credential), Some(vec![42; 32]));
    assert_eq!(activate(&ours, other.name(), &credential), None, "another attestation key");
    let stranger = SecretKey::from_slice(&[8; 32]).unwrap();
    assert_eq!(activate(&stranger, ak.name(), &credential), None, "another TPM");
    assert_eq!(make_credential(&endorsement, &ak, &[42; 32], &[0xff; 32]), None, "no scalar of the curve");
}
