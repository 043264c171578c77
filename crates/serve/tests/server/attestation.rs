//! Enrolment and proofs over real HTTP, with TPMs in memory: each refusal, what a bad proof brings about, and the way back.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::{get, model, node, placed, post, put, workload};
use crate::verifier::{
    boots, challenge, credential, digest, enrol, keys, policy, proof, prove, token, trust, with_verifier,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paceline_attest::PcrSet;
use paceline_attest::soft::SoftTpm;
use serde_json::{Value, json};

/// A box that is enrolled and has proved itself answers so, and is refused with these words.
async fn refused(said: &str, answer: impl FnOnce(&mut SoftTpm, &str, &[u8]) -> Value) {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let mut tpm = SoftTpm::new(1);
        boots(&mut tpm);
        enrol(&api, "n1", &tpm).await;
        let good = prove(&api, "n1", &mut tpm).await;
        assert_eq!((&good["state"], &good["trusted"]), (&json!("proved"), &json!(true)), "{good}");
        let (nonce, bytes) = challenge(&api, "n1").await;
        let answer = answer(&mut tpm, &nonce, &bytes);
        let refused = api.say(post("/v1/nodes/n1/proof", answer)).await;
        assert!(refused.body["code"] == "E0506" && refused.status == 422, "{refused}");
        assert!(refused.body["detail"].as_str().unwrap().contains(said), "{said}: {refused}");
        let trust = trust(&api, "n1").await;
        assert_eq!((&trust["state"], &trust["trusted"]), (&json!("failed"), &json!(false)));
        assert!(trust["why_not"].as_str().unwrap().contains(said), "{trust}");
    })
    .await;
}

const PCRS: [u8; 2] = [0, 4];

#[tokio::test]
async fn a_wrong_nonce_is_refused() {
    refused("wrong nonce", |tpm, nonce, _| {
        let quote = tpm.quote(&[9; 32], PcrSet::of(PCRS));
        proof(nonce, quote, Some(tpm.log()))
    })
    .await;
}

#[tokio::test]
async fn a_replayed_quote_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let mut tpm = SoftTpm::new(1);
        boots(&mut tpm);
        enrol(&api, "n1", &tpm).await;
        let (nonce, bytes) = challenge(&api, "n1").await;
        let recorded = tpm.quote(&bytes, PcrSet::of(PCRS));
        let first = proof(&nonce, recorded.clone(), Some(tpm.log()));
        api.must(post("/v1/nodes/n1/proof", first.clone())).await;
        // The recording itself is an answer to a challenge that is closed: dropped, and nothing is said of the node.
        let late = api.say(post("/v1/nodes/n1/proof", first)).await;
        assert!(late.body["code"] == "E0507", "{late}");
        assert_eq!(trust(&api, "n1").await["state"], "proved");
        // Under the present challenge's name it is a replay.
        let (nonce, _) = challenge(&api, "n1").await;
        let replayed = api.say(post("/v1/nodes/n1/proof", proof(&nonce, recorded, Some(tpm.log())))).await;
        assert!(replayed.body["detail"].as_str().unwrap().contains("old nonce"), "{replayed}");
        assert_eq!(trust(&api, "n1").await["state"], "failed");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_twice_is_dropped_and_the_present_challenge_is_answered_as_well_as_ever() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let mut tpm = SoftTpm::new(1);
        boots(&mut tpm);
        enrol(&api, "n1", &tpm).await;
        let (nonce, bytes) = challenge(&api, "n1").await;
        let first = proof(&nonce, tpm.quote(&bytes, PcrSet::of(PCRS)), Some(tpm.log()));
        api.must(post("/v1/nodes/n1/proof", first.clone())).await;
        // The link doubles it while the next challenge is open already.
        let (nonce, bytes) = challenge(&api, "n1").await;
        let doubled = api.say(post("/v1/nodes/n1/proof", first)).await;
        assert!(doubled.body["code"] == "E0507", "{doubled}");
        assert_eq!(trust(&api, "n1").await["state"], "proved");
        let present = proof(&nonce, tpm.quote(&bytes, PcrSet::of(PCRS)), Some(tpm.log()));
        api.must(post("/v1/nodes/n1/proof", present)).await;
        assert_eq!(trust(&api, "n1").await["state"], "proved");
        let counted = api.must(get("/metrics")).await;
        assert!(counted.as_str().unwrap().contains("paceline_proofs_late_total{region=\"main\"} 1"));
    })
    .await;
}

#[tokio::test]
async fn another_key_is_refused() {
    refused("another key signed", |tpm, nonce, bytes| {
        let mut other = SoftTpm::new(2);
        boots(&mut other);
        other.clock = tpm.clock;
        let quote = other.quote(bytes, PcrSet::of(PCRS));
        proof(nonce, quote, Some(other.log()))
    })
    .await;
}

#[tokio::test]
async fn a_flipped_byte_is_refused() {
    refused("a byte was changed", |tpm, nonce, bytes| {
        let (mut quote, signature) = tpm.quote(bytes, PcrSet::of(PCRS));
        *quote.last_mut().unwrap() ^= 1;
        proof(nonce, (quote, signature), Some(tpm.log()))
    })
    .await;
}

#[tokio::test]
async fn a_missing_log_is_refused_after_a_reboot() {
    refused("missing log", |tpm, nonce, bytes| {
        tpm.reboot();
        boots(tpm);
        proof(nonce, tpm.quote(bytes, PcrSet::of(PCRS)), None)
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_the_policy_is_refused() {
    refused("register 4 has measured", |tpm, nonce, bytes| {
        tpm.measure(4, b"rootkit");
        proof(nonce, tpm.quote(bytes, PcrSet::of(PCRS)), Some(tpm.log()))
    })
    .await;
}

#[tokio::test]
async fn registers_that_the_log_does_not_give_are_refused() {
    refused("the log does not give", |tpm, nonce, bytes| {
        let log = tpm.log();
        tpm.measure(4, b"rootkit");
        proof(nonce, tpm.quote(bytes, PcrSet::of(PCRS)), Some(log))
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_of_nobody_or_of_another_key_lets_nobody_in() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), true, async |api| {
        let tpm = SoftTpm::new(1);
        let token = token(&api, "n1").await;
        let cases: [(&[&str], &str); 4] = [
            (&[], "no certificate"),
            (&["ek-expired.crt", "issuer.crt"], "has expired"),
            (&["ek-stranger.crt", "issuer.crt"], "no configured root vouches"),
            (&["ek.crt"], "no configured root vouches"),
        ];
        for (chain, said) in cases {
            let refused = api.say(post("/v1/nodes/n1/enrolment", keys(&token, &tpm, chain))).await;
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(refused.body["code"] == "E0508" && detail.contains(said), "{said}: {refused}");
        }
        assert_eq!(trust(&api, "n1").await["tpm"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_token_lets_one_box_in_once_and_only_the_tpm_with_both_keys() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let (tpm, other) = (SoftTpm::new(1), SoftTpm::new(2));
        let challenge = api.say(post("/v1/nodes/n1/challenge", json!({}))).await;
        assert!(challenge.body["code"] == "E0505", "nothing is enrolled: {challenge}");
        let open = token(&api, "n1").await;
        for (node, said) in [("n2", &open), ("n1", &json!("guess"))] {
            let refused = api.say(post(&format!("/v1/nodes/{node}/enrolment"), keys(said, &tpm, &[]))).await;
            assert!(refused.body["code"] == "E0508", "{refused}");
        }
        let made = api.must(post("/v1/nodes/n1/enrolment", keys(&open, &tpm, &[]))).await;
        assert_eq!(other.open(&credential(&made)), None);
        let secret = STANDARD.encode(tpm.open(&credential(&made)).unwrap());
        let opened = json!({ "token": open, "secret": secret });
        api.must(post("/v1/nodes/n1/enrolment/secret", opened.clone())).await;
        // Whoever did not hear the answer may ask again; the token is spent for all else.
        api.must(post("/v1/nodes/n1/enrolment/secret", opened)).await;
        let again = api.say(post("/v1/nodes/n1/enrolment", keys(&open, &other, &[]))).await;
        assert!(again.body["code"] == "E0508", "{again}");
        assert_eq!(trust(&api, "n1").await["state"], "unverified");

        let wrong = token(&api, "n2").await;
        api.must(post("/v1/nodes/n2/enrolment", keys(&wrong, &other, &[]))).await;
        let guess = json!({ "token": wrong, "secret": STANDARD.encode([0; 32]) });
        let refused = api.say(post("/v1/nodes/n2/enrolment/secret", guess)).await;
        assert!(refused.body["detail"].as_str().unwrap().contains("does not hold both keys"), "{refused}");
        let bad = api
            .say(post(
                "/v1/nodes/n2/enrolment",
                json!({ "token": "t", "endorsement_key": "?", "attestation_key": "" }),
            ))
            .await;
        assert!(bad.body["code"] == "E0508", "{bad}");
    })
    .await;
}

#[tokio::test]
async fn a_bad_proof_isolates_the_node_and_drains_it_and_a_fresh_one_and_an_operator_bring_it_back() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let (mut one, mut two) = (SoftTpm::new(1), SoftTpm::new(2));
        boots(&mut one);
        boots(&mut two);
        enrol(&api, "n1", &one).await;
        api.must(put("/v1/models/detector", model())).await;
        api.must(put("/v1/workloads/w", workload(1_000))).await;
        prove(&api, "n1", &mut one).await;
        assert_eq!(placed(&api, "w-0").await, "n1", "n2 has no key");
        enrol(&api, "n2", &two).await;
        prove(&api, "n2", &mut two).await;

        one.measure(4, b"rootkit");
        assert_eq!(prove(&api, "n1", &mut one).await["code"], "E0506");
        while api.must(get("/v1/placements/w-0/explain")).await["placement"]["bound"]["node"] != "n2" {}
        let readmit = post("/v1/nodes/n1/readmit", json!({}));
        let early = api.say(readmit.clone()).await;
        assert!(early.body["code"] == "E0504", "{early}");

        // The update is announced, and the box proves itself by it.
        let rootkit = digest(b"rootkit");
        policy(dir.path(), &format!(", {{ digest = \"{rootkit}\", name = \"an update after all\" }}"));
        let mut said = Value::Null;
        for _ in 0..100 {
            said = prove(&api, "n1", &mut one).await;
            if said["code"] != "E0506" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!((&said["state"], &said["trusted"]), (&json!("failed"), &json!(false)), "{said}");
        api.must(readmit).await;
        assert_eq!(trust(&api, "n1").await["state"], "proved");
        let metrics = api.say(get("/metrics")).await.body;
        assert!(metrics.to_string().contains("paceline_nodes_by_trust"), "{metrics}");
    })
    .await;
}

#[tokio::test]
async fn a_copied_card_is_refused_contests_its_node_once_and_an_operator_settles_it() {
    let dir = tempfile::tempdir().unwrap();
    crate::common::with_edge(dir.path(), async |api| {
        api.must(put("/v1/nodes/dock-12", node("GPU-11"))).await;
        let says = async |boot: &str, gpu: &str| {
            let report = json!([{ "node": "dock-12", "incarnation": { "boot": boot, "devices": [gpu] } }]);
            api.say(post("/v1/nodes/telemetry", report)).await
        };
        assert_eq!(says("a", "GPU-11").await.status, 202);
        for _ in 0..3 {
            let refused = says("b", "GPU-58").await;
            assert!(refused.body["code"] == "E0511" && refused.status == 409, "{refused}");
            assert_eq!(says("a", "GPU-11").await.status, 202, "the one that was there stays");
        }
        let contested = trust(&api, "dock-12").await;
        assert_eq!((&contested["state"], &contested["trusted"]), (&json!("contested"), &json!(false)));
        assert_eq!(contested["reasons"].as_array().unwrap().len(), 1, "one event: {contested}");
        let why = contested["why_not"].as_str().unwrap();
        assert!(why.contains("start a from 127.0.0.1 with GPU-11") && why.contains("GPU-58"), "{why}");
        api.must(post("/v1/nodes/dock-12/readmit", json!({}))).await;
        assert_eq!(trust(&api, "dock-12").await["trusted"], json!(true), "nothing is asked here");
        assert_eq!(says("c", "GPU-11").await.status, 202);
        let bad = says("", "GPU-11").await;
        assert!(bad.body["code"] == "E0101", "{bad}");
    })
    .await;
}
