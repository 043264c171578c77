//! Agents with software TPMs against a real server: enrolled by a token, proved, given work; a box that boots something else fails, is left by its work, and
//! comes back by a restart, a fresh proof and an operator. Left out, with a word, where `swtpm` is not installed.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "common/maker.rs"]
mod maker;
#[path = "common/soft_box.rs"]
mod soft_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{answers, model, options, parts, until, with_agent, with_region_by, workload};
use maker::Maker;
use paceline_agent::tpm::{Tpm, TpmAddress};
use paceline_agent::{AgentOptions, ProofOptions};
use paceline_attest::PcrSet;
use paceline_client::Client;
use paceline_client::api::edge::{NewNodeKeys, NodeView, TrustState};
use serde_json::json;
use soft_box::{SoftBox, asks, boot_log};
use std::path::{Path, PathBuf};

fn proof(of: &SoftBox, token: PathBuf) -> ProofOptions {
    let tpm = TpmAddress::Socket(of.at);
    ProofOptions { tpm, log: boot_log(), token: Some(token), endorsement_chain: Vec::new() }
}

async fn stands(region: &Client, node: &str, state: TrustState) -> NodeView {
    until(async || {
        let seen = region.node(node).await.map_err(|error| error.to_string())?;
        if seen.trust.state == state { Ok(seen) } else { Err(format!("{:?}", seen.trust)) }
    })
    .await
}

/// Lets the box in, once its agent has registered it.
async fn enrol(region: &Client, node: &str, token: &Path) {
    until(async || region.node(node).await.map_err(|error| error.to_string())).await;
    let issued = region.issue_token(node, false).await.unwrap();
    std::fs::write(token, issued.token).unwrap();
    let seen = stands(region, node, TrustState::Proved).await;
    assert!(seen.trust.trusted && seen.trust.tpm.is_some() && !token.exists(), "{:?}", seen.trust);
}

async fn runs_on(region: &Client, node: &str) {
    until(async || {
        let all = region.placements_on(node).await.map_err(|error| error.to_string())?.rows;
        if all.is_empty() { Err(format!("nothing on {node}")) } else { Ok(()) }
    })
    .await;
}

#[test]
fn a_tpm_has_the_same_keys_each_time_and_answers_what_it_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let Some(own) = SoftBox::start(&dir.path().join("tpm")) else {
        return;
    };
    let mut tpm = Tpm::open(&TpmAddress::Socket(own.at)).unwrap();
    let keys = tpm.keys().unwrap();
    assert_eq!(tpm.keys().unwrap(), keys);
    let endorsement = paceline_attest::EndorsementKey::parse(&keys.endorsement).unwrap();
    let attestation = paceline_attest::AttestationKey::parse(&keys.attestation).unwrap();
    let made = paceline_attest::make_credential(&endorsement, &attestation, &[42; 32], &[9; 32]).unwrap();
    for _ in 0..5 {
        assert_eq!(tpm.open_credential(&made.blob, &made.seed).unwrap(), [42; 32], "nothing is left loaded");
    }
    let mut changed = made.blob.clone();
    changed[40] ^= 1;
    for _ in 0..5 {
        assert!(tpm.open_credential(&changed, &made.seed).is_err(), "nor where it refuses");
    }
    let (quote, signature) = tpm.quote(&[7; 32], &[0, 4, 7]).unwrap();
    let quote = paceline_attest::Quote::parse(&quote).unwrap();
    assert_eq!((quote.nonce, quote.pcrs, signature.len()), (vec![7; 32], PcrSet::of([0, 4, 7]), 72));
}

#[paceline_supervise::test]
async fn a_box_is_enrolled_runs_fails_by_what_it_measured_is_drained_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mut one) = SoftBox::start(&dir.path().join("tpm-1")) else {
        return;
    };
    let two = SoftBox::start(&dir.path().join("tpm-2")).unwrap();
    let tokens = ["token-1", "token-2"].map(|name| dir.path().join(name));
    with_region_by(asks(dir.path()), dir.path(), async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        region.put_workload("line", &workload("weld", "*")).await.unwrap();
        let script = || parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        let by = |name: &str, of: &SoftBox, token: &Path| AgentOptions {
            proof: Some(proof(of, token.to_owned())),
            ..options(&region, name, dir.path())
        };
        let (first, second) = (by("box-1", &one, &tokens[0]), by("box-2", &two, &tokens[1]));
        with_agent(first, script(), async |_| {
            enrol(&region, "box-1", &tokens[0]).await;
            runs_on(&region, "box-1").await;
            with_agent(second, script(), async |_| {
                enrol(&region, "box-2", &tokens[1]).await;

                one.extend(4, &[6; 32]);
                let failed = stands(&region, "box-1", TrustState::Failed).await;
                let why = failed.trust.why_not.unwrap();
                assert!(why.contains("the log does not give what the registers hold"), "{why}");
                runs_on(&region, "box-2").await;
                assert!(region.readmit_node("box-1").await.is_err(), "it has not proved itself since");

                one.reboot();
                until(async || region.readmit_node("box-1").await.map_err(|error| error.to_string())).await;
                let back = stands(&region, "box-1", TrustState::Proved).await;
                assert!(back.trust.trusted);
            })
            .await;
        })
        .await;
    })
    .await;
}

/// `swtpm_localca` is the maker: its certificate of this TPM's own key lets the box in, a certificate of another TPM's does not.
#[paceline_supervise::test]
async fn a_box_is_let_in_by_the_certificate_that_its_maker_gave_its_tpm_and_not_by_anothers() {
    let dir = tempfile::tempdir().unwrap();
    let Some(one) = SoftBox::start(&dir.path().join("tpm-1")) else { return };
    let two = SoftBox::start(&dir.path().join("tpm-2")).unwrap();
    let maker = Maker::new(&dir.path().join("maker"));
    let endorsement =
        |of: &SoftBox| Tpm::open(&TpmAddress::Socket(of.at)).unwrap().keys().unwrap().endorsement;
    let Some(chain) = maker.certify(&endorsement(&one), "box-1") else { return };
    let mut asked = asks(dir.path());
    asked.attestation.roots_file = Some(maker.root());
    with_region_by(asked, dir.path(), async |region| {
        let by = |name: &str, of: &SoftBox, token: &Path| {
            let proof = ProofOptions { endorsement_chain: chain.clone(), ..proof(of, token.to_owned()) };
            AgentOptions { proof: Some(proof), ..options(&region, name, dir.path()) }
        };
        let token = dir.path().join("token-1");
        with_agent(by("box-1", &one, &token), parts(json!({}), json!([])), async |_| {
            enrol(&region, "box-1", &token).await;
        })
        .await;
        let of_node = json!({ "architecture": "amd64", "cpu_milli": 4_000, "memory_mib": 8_192 });
        region.put_node("box-2", &serde_json::from_value(of_node).unwrap()).await.unwrap();
        let keys = Tpm::open(&TpmAddress::Socket(two.at)).unwrap().keys().unwrap();
        let shown = NewNodeKeys {
            token: region.issue_token("box-2", false).await.unwrap().token,
            endorsement_key: STANDARD.encode(&keys.endorsement),
            endorsement_chain: chain
                .iter()
                .map(|file| STANDARD.encode(std::fs::read(file).unwrap()))
                .collect(),
            attestation_key: STANDARD.encode(&keys.attestation),
        };
        let refused = region.enrol_node("box-2", &shown).await.unwrap_err().to_string();
        assert!(refused.contains("the certificate is of another key than the public area"), "{refused}");
    })
    .await;
}
