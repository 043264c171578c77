//! What of enrolment outlives a restart; which keys are taken; and that a node that has failed gets no byte, by either door.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::{Api, edge_spec, get, options, post};
use crate::packed::Packed;
use crate::packed::made::{key, noise};
use crate::verifier::{boots, credential, enrol, keys, prove, token, trust, with_verifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paceline_attest::soft::SoftTpm;
use paceline_serve::{AuthOptions, Clock, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_and_a_credential_that_waits_outlive_a_restart_and_so_does_that_it_is_spent() {
    let dir = tempfile::tempdir().unwrap();
    let (tpm, other) = (SoftTpm::new(1), SoftTpm::new(2));
    let open = with_verifier(dir.path(), false, async |api| token(&api, "n1").await).await;
    let made = with_verifier(dir.path(), false, async |api| {
        let refused = api.say(post("/v1/nodes/n2/enrolment", keys(&open, &tpm, &[]))).await;
        assert!(refused.body["code"] == "E0508", "it is n1's: {refused}");
        api.must(post("/v1/nodes/n1/enrolment", keys(&open, &tpm, &[]))).await
    })
    .await;
    let secret = STANDARD.encode(tpm.open(&credential(&made)).unwrap());
    let opened = json!({ "token": open, "secret": secret });
    with_verifier(dir.path(), false, async |api| {
        api.must(post("/v1/nodes/n1/enrolment/secret", opened.clone())).await;
        assert!(trust(&api, "n1").await["tpm"].is_string());
    })
    .await;
    with_verifier(dir.path(), false, async |api| {
        // Whoever did not hear the answer may ask again; the token is spent for all else.
        api.must(post("/v1/nodes/n1/enrolment/secret", opened)).await;
        let again = api.say(post("/v1/nodes/n1/enrolment", keys(&open, &other, &[]))).await;
        assert!(again.body["code"] == "E0508", "{again}");
    })
    .await;
    let kept = std::fs::read_to_string(dir.path().join("journal/verifier.json")).unwrap();
    assert!(!kept.contains(open.as_str().unwrap()), "of a token only its hash is kept");
}

async fn says(api: &Api, boot: &str, gpu: &str) -> crate::common::Said {
    let report = json!([{ "node": "n1", "incarnation": { "boot": boot, "devices": [gpu] } }]);
    api.say(post("/v1/nodes/telemetry", report)).await
}

#[tokio::test]
async fn a_copied_card_that_speaks_first_after_a_restart_is_still_the_copy() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        assert_eq!(says(&api, "a", "GPU-11").await.status, 202);
        assert_eq!(says(&api, "b", "GPU-11").await.status, 202, "a reboot");
    })
    .await;
    with_verifier(dir.path(), false, async |api| {
        let copy = says(&api, "c", "GPU-58").await;
        assert!(copy.body["code"] == "E0511", "{copy}");
        let earlier = says(&api, "a", "GPU-11").await;
        assert!(earlier.body["code"] == "E0511", "a start that is over: {earlier}");
        assert_eq!(says(&api, "b", "GPU-11").await.status, 202, "the one that was there");
        api.must(post("/v1/nodes/n1/readmit", json!({}))).await;
    })
    .await;
    with_verifier(dir.path(), false, async |api| {
        assert_eq!(says(&api, "c", "GPU-58").await.status, 202, "an operator has looked");
    })
    .await;
}

#[tokio::test]
async fn a_memory_that_cannot_be_read_is_named_and_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("verifier.json"), "{").unwrap();
    let server = Server::of(options(), AuthOptions::default(), edge_spec(dir.path()), Clock::Real).await;
    let said = server.err().unwrap().to_string();
    assert!(said.starts_with("E0616 ") && said.contains("verifier.json: EOF"), "{said}");
    assert!(said.ends_with("remove it, and tokens that are open are void"), "{said}");
}

/// The public area of an RSA endorsement key by the usual template (L-1), 2,048 bits.
fn rsa_endorsement_key() -> Vec<u8> {
    let parts: [&[u8]; 7] = [
        &[0x00, 0x01, 0x00, 0x0b, 0x00, 0x03, 0x00, 0xb2],
        &[0x00, 0x20],
        &[0x83; 32],
        &[0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10],
        &[0x08, 0x00, 0x00, 0x00, 0x00, 0x00],
        &[0x01, 0x00],
        &[0xc5; 256],
    ];
    let area = parts.concat();
    [&(area.len() as u16).to_be_bytes()[..], &area].concat()
}

#[tokio::test]
async fn an_rsa_endorsement_key_is_refused_and_told_which_key_the_same_tpm_has_instead() {
    let dir = tempfile::tempdir().unwrap();
    with_verifier(dir.path(), false, async |api| {
        let open = token(&api, "n1").await;
        let mut shown = keys(&open, &SoftTpm::new(1), &[]);
        shown["endorsement_key"] = json!(STANDARD.encode(rsa_endorsement_key()));
        let refused = api.say(post("/v1/nodes/n1/enrolment", shown)).await;
        let why = "403 E0508 an RSA key: only ECC keys on P-256 with SHA-256 are taken; a TPM 2.0 makes one from its own seed (template L-2)";
        assert_eq!(refused.to_string(), why);
    })
    .await;
}

/// What both doors answer for a node: code, or nothing.
async fn doors(api: &Api, packed: &Packed) -> Vec<Value> {
    let mut codes = Vec::new();
    for path in [packed.path(""), packed.path("/content"), "/v2/detector/manifests/1.0.0-int8".into()] {
        let said = api.say(get(&path).header("paceline-node", "n1")).await;
        codes.push(match said.status.as_u16() {
            200 => Value::Null,
            403 if said.body["code"].is_string() => said.body["code"].clone(),
            403 => said.body["errors"][0]["code"].clone(),
            status => json!(format!("{status} {}", said.body)),
        });
    }
    codes
}

#[tokio::test]
async fn a_node_that_has_failed_gets_no_byte_by_either_door_until_it_is_let_in_again() {
    let dir = tempfile::tempdir().unwrap();
    let packed = Packed::new(&dir.path().join("packed"), &noise(7, 200_000), "1.0.0", &key());
    with_verifier(dir.path(), false, async |api| {
        packed.push(&api).await;
        let mut tpm = SoftTpm::new(1);
        boots(&mut tpm);
        assert!(doors(&api, &packed).await.iter().all(|code| !code.is_null()), "nothing is enrolled");
        enrol(&api, "n1", &tpm).await;
        assert!(doors(&api, &packed).await.iter().all(|code| !code.is_null()), "nothing was proved");
        assert_eq!(prove(&api, "n1", &mut tpm).await["trusted"], true);
        assert_eq!(doors(&api, &packed).await, vec![Value::Null; 3], "it is trusted");

        tpm.measure(4, b"rootkit");
        assert_eq!(prove(&api, "n1", &mut tpm).await["code"], "E0506");
        assert_eq!(doors(&api, &packed).await, ["E0703", "E0703", "DENIED"], "from that moment on");

        tpm.reboot();
        boots(&mut tpm);
        prove(&api, "n1", &mut tpm).await;
        assert_eq!(doors(&api, &packed).await, ["E0703", "E0703", "DENIED"], "a proof alone opens nothing");
        api.must(post("/v1/nodes/n1/readmit", json!({}))).await;
        assert_eq!(doors(&api, &packed).await, vec![Value::Null; 3]);
    })
    .await;
}
