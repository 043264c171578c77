//! An OpenID Connect issuer for tests: shows its keys over HTTP, signs tokens, and may be down.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

enum Signs {
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// A key of the issuer, of this name.
pub struct SigningKey {
    pub id: String,
    signs: Signs,
}

impl SigningKey {
    pub fn es256(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).expect("a key");
        Self { id: id.to_owned(), signs: Signs::Es256(pair) }
    }
    pub fn ed_dsa(id: &str) -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key");
        Self { id: id.to_owned(), signs: Signs::EdDsa(pair) }
    }
    /// Always the same: `ring` makes no keys of this kind.
    pub fn rs256(id: &str) -> Self {
        let pem = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("rsa-of-tests.pem")).expect("PEM");
        let pair = RsaKeyPair::from_pkcs8(pem.secret_pkcs8_der()).expect("a key");
        Self { id: id.to_owned(), signs: Signs::Rs256(pair) }
    }

    fn shown(&self) -> Value {
        let id = &self.id;
        match &self.signs {
            Signs::Rs256(pair) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
                json!({ "kty": "RSA", "kid": id, "use": "sig", "alg": "RS256", "n": BASE64.encode(n), "e": BASE64.encode(e) })
            }
            Signs::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": BASE64.encode(x), "y": BASE64.encode(y) })
            }
            Signs::EdDsa(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": BASE64.encode(pair.public_key()) })
            }
        }
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let algorithm = match &self.signs {
            Signs::Rs256(_) => "RS256",
            Signs::Es256(_) => "ES256",
            Signs::EdDsa(_) => "EdDSA",
        };
        let message = unsigned(&json!({ "alg": algorithm, "typ": "JWT", "kid": self.id }), claims);
        let signature = match &self.signs {
            Signs::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).expect("it signs");
                signature
            }
            Signs::Es256(pair) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).expect("it signs").as_ref().to_vec()
            }
            Signs::EdDsa(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// The first two parts of a token.
pub fn unsigned(head: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()))
}

#[derive(Default)]
struct Shown {
    base: String,
    keys: Vec<Value>,
    up: bool,
    asked: usize,
    /// What it says in place of its name, and of where its keys are.
    lies: Option<(String, String)>,
}

/// A running issuer. It ends with its runtime.
#[derive(Clone)]
pub struct TestIssuer(Arc<Mutex<Shown>>);

impl TestIssuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("it has one");
        let shown = Shown { base: format!("http://{address}"), up: true, ..Shown::default() };
        let issuer = Self(Arc::new(Mutex::new(shown)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .with_state(issuer.clone());
        #[expect(clippy::disallowed_methods, reason = "it is the test's own, and ends with it")]
        tokio::spawn(async { axum::serve(listener, router).await });
        issuer
    }
    pub fn base(&self) -> String {
        self.0.lock().expect("no panic").base.clone()
    }
    /// Shows these keys, and no other, from now on.
    pub fn show(&self, keys: &[&SigningKey]) {
        self.0.lock().expect("no panic").keys = keys.iter().map(|key| key.shown()).collect();
    }
    /// Answers, or does not.
    pub fn set_up(&self, up: bool) {
        self.0.lock().expect("no panic").up = up;
    }
    /// Says this in place of its name, and of where its keys are.
    pub fn lie(&self, name: &str, keys: &str) {
        self.0.lock().expect("no panic").lies = Some((name.to_owned(), keys.to_owned()));
    }
    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.0.lock().expect("no panic").asked
    }
}

async fn discovery(State(issuer): State<TestIssuer>) -> Result<Json<Value>, StatusCode> {
    let shown = issuer.0.lock().expect("no panic");
    let truth = (shown.base.clone(), format!("{}/keys", shown.base));
    let (name, keys) = shown.lies.clone().unwrap_or(truth);
    let document = json!({ "issuer": name, "jwks_uri": keys });
    if shown.up { Ok(Json(document)) } else { Err(StatusCode::BAD_GATEWAY) }
}

async fn keys(State(issuer): State<TestIssuer>) -> Json<Value> {
    let mut shown = issuer.0.lock().expect("no panic");
    shown.asked += 1;
    Json(json!({ "keys": shown.keys }))
}
