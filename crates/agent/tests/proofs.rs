//! Agents with software TPMs against a real server: enrolled by a token, proved, given work; a box that boots something else fails, is left by its work, and
//! comes back by a restart, a fresh proof and an operator. Left out, with a word, where `swtpm` is not installed.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{answers, model, options, parts, until, with_agent, with_region_by, workload};
use paceline_agent::tpm::{Tpm, TpmAddress};
use paceline_agent::{AgentOptions, ProofOptions};
use paceline_attest::{EventLog, PcrSet};
use paceline_client::Client;
use paceline_client::api::edge::{NodeView, TrustState};
use paceline_engine::edge::{AttestationOptions, EdgeOptions};
use paceline_model::Millis;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A software TPM in a box that has booted what the log says.
struct SoftBox {
    dir: PathBuf,
    at: SocketAddr,
    process: Child,
}

fn boot_log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../attest/fixtures/boot.log")
}

fn log() -> EventLog {
    EventLog::parse(&std::fs::read(boot_log()).unwrap()).unwrap()
}

fn spawn(dir: &Path, at: SocketAddr) -> Option<Child> {
    Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
        .args(["--tpmstate", &format!("dir={}", dir.display())])
        .args(["--server", &format!("type=tcp,port={},disconnect", at.port())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

impl SoftBox {
    /// `None`: there is no `swtpm`.
    fn start(dir: &Path) -> Option<Self> {
        std::fs::create_dir_all(dir).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let process = spawn(dir, free)?;
        let started = Self { dir: dir.to_owned(), at: free, process };
        started.boots();
        Some(started)
    }

    #[expect(clippy::disallowed_methods, reason = "a process starts, and nobody else runs meanwhile")]
    fn boots(&self) {
        let up = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            TcpStream::connect(self.at).is_ok()
        });
        assert!(up, "the TPM answers");
        log().measurements().iter().for_each(|one| self.extend(one.pcr, &one.digest.0));
    }

    /// `TPM2_PCR_Extend`.
    fn extend(&self, pcr: u8, digest: &[u8; 32]) {
        let body = [
            &u32::from(pcr).to_be_bytes()[..],
            &[0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0],
            &[0, 0, 0, 1, 0, 0x0b],
            digest,
        ]
        .concat();
        let size = (10 + body.len()) as u32;
        let command = [&[0x80, 2][..], &size.to_be_bytes(), &0x182_u32.to_be_bytes(), &body].concat();
        let mut socket = TcpStream::connect(self.at).unwrap();
        socket.write_all(&command).unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer[6..], [0; 4], "extended");
    }

    fn reboot(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.dir, self.at).unwrap();
        self.boots();
    }

    fn proof(&self, token: PathBuf) -> ProofOptions {
        let tpm = TpmAddress::Socket(self.at);
        ProofOptions { tpm, log: boot_log(), token: Some(token), endorsement_chain: Vec::new() }
    }
}

impl Drop for SoftBox {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// A region that knows what the log measures, and asks for a proof each second.
fn asks(dir: &Path) -> EdgeOptions {
    let mut pcrs: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for one in log().measured(PcrSet::of([0, 4, 7])) {
        pcrs.entry(one.pcr).or_default().push(format!("{{ digest = \"{}\" }}", one.digest));
    }
    let lines: String = pcrs.iter().map(|(pcr, all)| format!("{pcr} = [{}]\n", all.join(", "))).collect();
    let file = dir.join("policy.toml");
    std::fs::write(&file, format!("[pcrs]\n{lines}")).unwrap();
    let attestation = AttestationOptions {
        required: true,
        every: Millis::from_secs(1),
        valid_for: Millis::from_secs(30),
        policy_file: Some(file),
        ..AttestationOptions::default()
    };
    EdgeOptions { attestation, ..EdgeOptions::default() }
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
        return eprintln!("skipped: swtpm is not installed");
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
        return eprintln!("skipped: swtpm is not installed");
    };
    let two = SoftBox::start(&dir.path().join("tpm-2")).unwrap();
    let tokens = ["token-1", "token-2"].map(|name| dir.path().join(name));
    with_region_by(asks(dir.path()), dir.path(), async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        region.put_workload("line", &workload("weld", "*")).await.unwrap();
        let script = || parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        let by = |name: &str, of: &SoftBox, token: &Path| AgentOptions {
            proof: Some(of.proof(token.to_owned())),
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
