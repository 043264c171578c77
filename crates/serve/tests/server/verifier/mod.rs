//! A region that asks for proofs, and boxes with TPMs in memory that are let in and prove themselves.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use crate::common::{Api, edge_spec, get, node, options, post, put, running};
use crate::packed::keeps;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paceline_attest::soft::SoftTpm;
use paceline_attest::{Credential, Digest, PcrSet};
use paceline_engine::edge::{AttestationOptions, EdgeOptions};
use paceline_serve::{AuthOptions, Clock, EdgeSpec, Server};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What a good box boots.
pub fn boots(tpm: &mut SoftTpm) {
    tpm.measure(0, b"firmware 1");
    tpm.measure(4, b"kernel 1");
}

pub fn digest(what: &[u8]) -> Digest {
    SoftTpm::new(99).measure(0, what)
}

/// A file with a policy that knows that firmware and that kernel; more of it follows.
pub fn policy(dir: &Path, more: &str) -> PathBuf {
    let file = dir.join("policy.toml");
    let (firmware, kernel) = (digest(b"firmware 1"), digest(b"kernel 1"));
    let text = format!(
        "[pcrs]\n0 = [{{ digest = \"{firmware}\", name = \"firmware 1\" }}]\n4 = [{{ digest = \"{kernel}\" }}{more}]\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../attest/fixtures").join(name)).unwrap()
}

/// A region that asks for proofs, with nodes `n1` and `n2`.
pub async fn with_verifier<T>(dir: &Path, roots: bool, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let roots_file = roots.then(|| {
        let file = dir.join("roots.pem");
        let lines: String = STANDARD.encode(fixture("root.crt"));
        let pem = format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n");
        std::fs::write(&file, pem).unwrap();
        file
    });
    let attestation = AttestationOptions {
        required: true,
        policy_file: Some(policy(dir, "")),
        roots_file,
        ..AttestationOptions::default()
    };
    let spec = EdgeSpec {
        options: EdgeOptions { attestation, ..EdgeOptions::default() },
        ..edge_spec(&dir.join("journal"))
    };
    // A day on which the fixtures' certificates hold, but for the one that has expired.
    let day = Clock::scaled("2027-06-01T00:00:00Z".parse().unwrap(), 1.0);
    let clock = if roots { day } else { Clock::Real };
    let server = Server::of(options(), AuthOptions::default(), spec, clock).await.unwrap();
    let server = server.with_artefacts(&keeps(dir)).unwrap();
    let talk = async |api: Api| {
        api.must(put("/v1/nodes/n1", node("GPU-1"))).await;
        api.must(put("/v1/nodes/n2", node("GPU-2"))).await;
        talk(api).await
    };
    running(server, talk).await.0
}

pub async fn token(api: &Api, node: &str) -> Value {
    api.must(post(&format!("/v1/nodes/{node}/enrolment-token"), json!({}))).await["token"].clone()
}

pub fn keys(token: &Value, tpm: &SoftTpm, chain: &[&str]) -> Value {
    let chain: Vec<String> = chain.iter().map(|name| STANDARD.encode(fixture(name))).collect();
    json!({
        "token": token,
        "endorsement_key": STANDARD.encode(tpm.endorsement_key()),
        "endorsement_chain": chain,
        "attestation_key": STANDARD.encode(tpm.attestation_key()),
    })
}

pub fn credential(made: &Value) -> Credential {
    let part = |name: &str| STANDARD.decode(made[name].as_str().unwrap()).unwrap();
    Credential { blob: part("blob"), seed: part("seed") }
}

pub async fn enrol(api: &Api, node: &str, tpm: &SoftTpm) {
    let token = token(api, node).await;
    let made = api.must(post(&format!("/v1/nodes/{node}/enrolment"), keys(&token, tpm, &[]))).await;
    let secret = STANDARD.encode(tpm.open(&credential(&made)).expect("it holds both keys"));
    let opened = json!({ "token": token, "secret": secret });
    api.must(post(&format!("/v1/nodes/{node}/enrolment/secret"), opened)).await;
}

pub async fn challenge(api: &Api, node: &str) -> (String, Vec<u8>) {
    let asked = api.must(post(&format!("/v1/nodes/{node}/challenge"), json!({}))).await;
    assert_eq!(asked["pcrs"], json!([0, 4]));
    let nonce = asked["nonce"].as_str().unwrap().to_owned();
    let bytes = Digest::parse(&nonce).unwrap().0.to_vec();
    (nonce, bytes)
}

pub fn proof(nonce: &str, (quote, signature): (Vec<u8>, Vec<u8>), log: Option<Vec<u8>>) -> Value {
    let mut proof =
        json!({ "nonce": nonce, "quote": STANDARD.encode(quote), "signature": STANDARD.encode(signature) });
    if let Some(log) = log {
        proof["log"] = json!(STANDARD.encode(log));
    }
    proof
}

pub async fn prove(api: &Api, node: &str, tpm: &mut SoftTpm) -> Value {
    let (nonce, bytes) = challenge(api, node).await;
    let proof = proof(&nonce, tpm.quote(&bytes, PcrSet::of([0, 4])), Some(tpm.log()));
    api.say(post(&format!("/v1/nodes/{node}/proof"), proof)).await.body
}

pub async fn trust(api: &Api, node: &str) -> Value {
    api.must(get(&format!("/v1/nodes/{node}"))).await["trust"].clone()
}
