//! How long it takes from a bad quote until its node is isolated, and until what it ran is placed on a trusted one, over real HTTP with TPMs in memory:
//! `cargo run --release -p paceline-serve --example isolation_bench -- 50`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/common/mod.rs"]
mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Api, edge_spec, get, model, node, options, placed, post, put, running, workload};
use paceline_attest::soft::SoftTpm;
use paceline_attest::{Credential, Digest, PcrSet};
use paceline_engine::edge::{AttestationOptions, EdgeOptions};
use paceline_serve::{AuthOptions, Clock, EdgeSpec, Server};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

async fn enrol(api: &Api, name: &str, tpm: &SoftTpm) {
    let token =
        api.must(post(&format!("/v1/nodes/{name}/enrolment-token"), json!({}))).await["token"].clone();
    let keys = json!({
        "token": token,
        "endorsement_key": STANDARD.encode(tpm.endorsement_key()),
        "attestation_key": STANDARD.encode(tpm.attestation_key()),
    });
    let made = api.must(post(&format!("/v1/nodes/{name}/enrolment"), keys)).await;
    let part = |name: &str| STANDARD.decode(made[name].as_str().unwrap()).unwrap();
    let secret = tpm.open(&Credential { blob: part("blob"), seed: part("seed") }).unwrap();
    let opened = json!({ "token": token, "secret": STANDARD.encode(secret) });
    api.must(post(&format!("/v1/nodes/{name}/enrolment/secret"), opened)).await;
}

/// Asks for a challenge and answers it. Returns when the answer was sent.
async fn prove(api: &Api, name: &str, tpm: &mut SoftTpm) -> (Instant, u16) {
    let asked = api.must(post(&format!("/v1/nodes/{name}/challenge"), json!({}))).await;
    let nonce = asked["nonce"].as_str().unwrap();
    let (quote, signature) = tpm.quote(&Digest::parse(nonce).unwrap().0, PcrSet::of([4]));
    let proof = json!({ "nonce": nonce, "quote": STANDARD.encode(quote), "signature": STANDARD.encode(signature),
        "log": STANDARD.encode(tpm.log()) });
    let sent = Instant::now();
    (sent, api.say(post(&format!("/v1/nodes/{name}/proof"), proof)).await.status.as_u16())
}

/// One run: time until the node is isolated, and until its work is placed elsewhere.
async fn run(dir: &Path) -> (Duration, Duration) {
    let file = dir.join("policy.toml");
    let digest = SoftTpm::new(99).measure(4, b"kernel");
    std::fs::write(&file, format!("[pcrs]\n4 = [{{ digest = \"{digest}\" }}]\n")).unwrap();
    let attestation =
        AttestationOptions { required: true, policy_file: Some(file), ..AttestationOptions::default() };
    let options_of = EdgeOptions { attestation, ..EdgeOptions::default() };
    let spec = EdgeSpec { options: options_of, ..edge_spec(&dir.join("journal")) };
    let server = Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.unwrap();
    let talk = async |api: Api| {
        api.must(put("/v1/models/detector", model())).await;
        let mut tpms = [SoftTpm::new(1), SoftTpm::new(2)];
        for (tpm, (name, gpu)) in tpms.iter_mut().zip([("n1", "GPU-1"), ("n2", "GPU-2")]) {
            api.must(put(&format!("/v1/nodes/{name}"), node(gpu))).await;
            tpm.measure(4, b"kernel");
            enrol(&api, name, tpm).await;
            assert_eq!(prove(&api, name, tpm).await.1, 200);
            if name == "n1" {
                api.must(put("/v1/workloads/w", workload(1_000))).await;
                placed(&api, "w-0").await;
            }
        }
        tpms[0].measure(4, b"rootkit");
        let (sent, status) = prove(&api, "n1", &mut tpms[0]).await;
        let isolated = sent.elapsed();
        assert_eq!(status, 422);
        while api.must(get("/v1/placements/w-0/explain")).await["placement"]["bound"]["node"] != "n2" {}
        (isolated, sent.elapsed())
    };
    running(server, talk).await.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let runs: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50);
    let mut all = Vec::new();
    for _ in 0..runs {
        let dir = tempfile::tempdir().unwrap();
        all.push(run(dir.path()).await);
    }
    for (what, mut times) in [
        ("isolated", all.iter().map(|of| of.0).collect::<Vec<_>>()),
        ("placed on a trusted node", all.iter().map(|of| of.1).collect()),
    ] {
        times.sort();
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        println!("{what}: p50 {:?}, p99 {:?}, most {:?}, of {runs} runs", at(50), at(99), at(100));
    }
}
