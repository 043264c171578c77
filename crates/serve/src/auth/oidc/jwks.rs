//! The keys that an issuer shows. Source: RFC 7517.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Most keys of an issuer: those of today, of yesterday and of tomorrow, of each algorithm.
const KEYS_MAX: usize = 64;

/// The document.
#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// One key, and the only algorithm that it is used with.
pub(super) struct Key {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// Those of an issuer that can be used.
#[derive(Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Keys of other kinds, for other uses and of algorithms that are not `allowed` are passed over.
    ///
    /// Errors: no document of keys; too many of them; none that can be used.
    pub(super) fn read(json: &[u8], allowed: &[Algorithm]) -> Result<Self, String> {
        let document: Document =
            serde_json::from_slice(json).map_err(|error| format!("no set of keys: {error}"))?;
        if document.keys.len() > KEYS_MAX {
            return Err(format!("{} keys, and at most {KEYS_MAX} are read", document.keys.len()));
        }
        let usable = |key: Key| allowed.contains(&key.algorithm).then_some(key);
        let keys: Vec<Key> = document.keys.into_iter().filter_map(key).filter_map(usable).collect();
        if keys.is_empty() { Err("no key that can be used".into()) } else { Ok(Self(keys)) }
    }

    /// The key of this name and algorithm; of a token that names none, the only one of its algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// `None`: it is none that tokens here are signed by.
fn key(json: Value) -> Option<Key> {
    let key: Jwk = serde_json::from_value(json).ok()?;
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(of) if of.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(of) if of.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let of_use = key.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
    let of_algorithm = key.common.key_algorithm.as_ref().is_none_or(|of| *of == named);
    let decoding = DecodingKey::from_jwk(&key).ok().filter(|_| of_use && of_algorithm)?;
    Some(Key { id: key.common.key_id, algorithm, decoding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALL: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

    #[test]
    fn only_keys_that_sign_tokens_are_taken() {
        let point = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let document = json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "kid": "a", "x": point, "y": point },
            { "kty": "EC", "crv": "P-256", "kid": "b", "x": point, "y": point, "use": "enc" },
            { "kty": "EC", "crv": "P-256", "kid": "c", "x": point, "y": point, "alg": "ES384" },
            { "kty": "EC", "crv": "P-384", "kid": "d", "x": point, "y": point },
            { "kty": "oct", "kid": "e", "k": "c2VjcmV0", "alg": "HS256" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "f", "x": point },
            { "kty": "of tomorrow", "kid": "g" },
            7,
        ] });
        let read = |allowed: &[Algorithm]| KeySet::read(document.to_string().as_bytes(), allowed);
        let keys = read(&ALL).expect("two of them");
        let found = |id: Option<&str>, algorithm| keys.find(id, algorithm).is_some();
        assert_eq!(keys.len(), 2);
        assert!(found(Some("a"), Algorithm::ES256) && found(Some("f"), Algorithm::EdDSA));
        assert!(!found(Some("a"), Algorithm::EdDSA), "a key is for its own algorithm only");
        assert!(
            found(None, Algorithm::ES256)
                && !found(None, Algorithm::RS256)
                && !found(Some("e"), Algorithm::HS256)
        );
        assert_eq!(read(&[Algorithm::RS256]).err().as_deref(), Some("no key that can be used"));
        assert!(KeySet::read(b"{}", &ALL).is_err_and(|why| why.starts_with("no set of keys")));
        let many = json!({ "keys": vec![0; 65] }).to_string();
        assert!(KeySet::read(many.as_bytes(), &ALL).is_err_and(|why| why.starts_with("65 keys")));
    }
}
