//! Twelve boxes, each a process of `paceline agent` with a TPM of its own (`swtpm`), and a server: enrolled by tokens, proved, given work. One is tampered
//! with, one is rebooted, one is unplugged. What happens is `scenarios/twelve-tpms.txt`, line by line. Left out aloud where `swtpm` is not installed.

use crate::common::{Killed, paceline};
use crate::soft_box::{SoftBox, boot_log, policy};
use expect_test::expect_file;
use paceline_client::api::edge::NodeView;
use paceline_client::{Client, ClientOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use tokio::time::Instant;

/// How many boxes, and how many replicas: two fit a box, so that there is room for what leaves one.
const BOXES: usize = 12;
/// Longest that something may take to come true: longer than a proof is good for.
const PATIENCE: Duration = Duration::from_secs(90);

/// One box.
struct EdgeBox {
    name: String,
    tpm: SoftBox,
    /// `None`: it is off.
    agent: Option<(Child, String)>,
}

impl EdgeBox {
    fn starts(&mut self, dir: &Path, server: &str) {
        let named = |what: &str| format!("{}.{what}", self.name);
        let (state, token, tpm, log) = (named("state"), named("token"), self.tpm.at.to_string(), boot_log());
        let log = log.to_str().expect("a path");
        let more = ["--state", &state, "--tpm", &tpm, "--token-file", &token, "--boot-log", log];
        self.agent = Some(crate::common::agent(dir, server, &self.name, &more));
    }

    /// As by `kill -9`, or by a plug that is pulled.
    fn stops(&mut self) {
        if let Some((mut child, _)) = self.agent.take() {
            child.kill().expect("it runs");
            child.wait().expect("it has ended");
        }
    }

    /// The replicas that run here by the agent's own word.
    async fn running(&self) -> Vec<String> {
        let Some((_, base)) = &self.agent else { return Vec::new() };
        let status: Value = http(base)
            .get(format!("{base}/v1/status"))
            .send()
            .await
            .expect("it answers")
            .json()
            .await
            .expect("JSON");
        let all = status["replicas"].as_array().expect("a list").iter();
        let running = all.filter(|line| line["state"] == "running");
        running.map(|line| line["replica"].as_str().expect("a name").to_owned()).collect()
    }

    /// Whether a replica answers what is known to be right.
    async fn answers(&self, replica: &str) -> bool {
        let Some((_, base)) = &self.agent else { return false };
        let asked =
            http(base).post(format!("{base}/v1/replicas/{replica}/infer")).json(&json!({ "inputs": [] }));
        let answer: Value = asked.send().await.expect("it answers").json().await.expect("JSON");
        answer["outputs"][0]["data"] == json!([0.25, 0.75])
    }
}

impl Drop for EdgeBox {
    fn drop(&mut self) {
        self.stops();
    }
}

fn http(base: &str) -> reqwest::Client {
    paceline_client::http(base, &Default::default()).expect("a client").build().expect("a client")
}

/// The server, its operator, and the boxes.
struct Scene {
    dir: tempfile::TempDir,
    server: Killed,
    client: Client,
    boxes: Vec<EdgeBox>,
    /// What boxes are called in the transcript: which of them run something, the region decides.
    called: Vec<(String, &'static str)>,
    transcript: String,
}

impl Scene {
    fn begin(boxes: Vec<SoftBox>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        policy(dir.path());
        let config = "[regions.line]\nkind = \"edge\"\njournal = \"journal\"\n\n[regions.line.edge.attestation]\nrequired = true\n\
                      every = \"1 s\"\nvalid_for = \"45 s\"\npolicy_file = \"policy.toml\"\n";
        std::fs::write(dir.path().join("paceline.toml"), config).expect("it can be written");
        let server = Killed::start(dir.path(), &["--config", "paceline.toml"]);
        let client = Client::new(&server.base, ClientOptions::default()).expect("a client");
        let named = |(number, tpm)| EdgeBox { name: format!("box-{:02}", number + 1), tpm, agent: None };
        let boxes = boxes.into_iter().enumerate().map(named).collect();
        Self { dir, server, client, boxes, called: Vec::new(), transcript: String::new() }
    }

    fn says(&mut self, line: &str) {
        let called = |line: String, (name, called): &(String, &str)| line.replace(name.as_str(), called);
        let line = self.called.iter().fold(line.to_owned(), called);
        _ = writeln!(self.transcript, "{line}");
    }

    /// What an operator types, and is told. Times and names of TPMs are others each time and left out.
    fn types(&mut self, args: &[&str]) {
        let all = [&["edge"], args, &["--url", &self.server.base]].concat();
        let told = paceline(self.dir.path(), &all).unwrap_or_else(|refused| refused);
        self.says(&format!("$ paceline edge {}", args.join(" ")));
        for line in told.lines() {
            self.says(&format!("  {}", without_times(line)));
        }
    }

    /// How many stand how, by what an operator is shown.
    fn status(&mut self) {
        let told = paceline(self.dir.path(), &["edge", "attest", "status", "--url", &self.server.base]);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in told.expect("a list").lines().skip(1) {
            *counts.entry(line.split_whitespace().nth(1).expect("a state").to_owned()).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        self.says(&format!("$ paceline edge attest status\n  {}", counts.join(", ")));
    }

    /// The first box that runs something and came to no grief yet. From now on it is called so.
    async fn picks(&mut self, called: &'static str) -> usize {
        for (index, one) in self.boxes.iter().enumerate() {
            if self.called.iter().all(|(name, _)| *name != one.name) && !one.running().await.is_empty() {
                self.called.push((one.name.clone(), called));
                return index;
            }
        }
        panic!("nothing runs anywhere")
    }

    async fn nodes(&self) -> BTreeMap<String, NodeView> {
        let all = self.client.nodes().await.expect("it answers").rows;
        all.into_iter().map(|node| (node.id.clone(), node)).collect()
    }

    /// Where each replica runs by the word of the agents, and answers rightly.
    async fn serving(&self) -> BTreeMap<String, String> {
        let mut serving = BTreeMap::new();
        for one in &self.boxes {
            for replica in one.running().await {
                if one.answers(&replica).await {
                    let twice = serving.insert(replica.clone(), one.name.clone());
                    assert_eq!(twice, None, "{replica} runs on two boxes");
                }
            }
        }
        serving
    }

    async fn stands(&self, node: &str, state: &str) {
        until(async || {
            let nodes = self.nodes().await;
            let trust = nodes.get(node).map(|node| node.trust.clone()).ok_or("it is not there")?;
            let now = serde_json::to_value(trust.state).expect("a word");
            if now == state { Ok(()) } else { Err(format!("{node}: {trust:?}")) }
        })
        .await;
    }
}

fn without_times(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let is_time = word.len() > 19 && word.as_bytes()[4] == b'-' && word.contains('T');
        let is_name = word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_time {
            if word.ends_with(':') { "(time):" } else { "(time)" }
        } else if is_name {
            "(TPM)"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

async fn until<T>(look: impl AsyncFn() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(instead) => assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {instead}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Twelve of them, or none.
fn tpms(dir: &Path) -> Option<Vec<SoftBox>> {
    (0..BOXES).map(|number| SoftBox::start(&dir.join(format!("tpm-{number}")))).collect()
}

#[tokio::test]
async fn twelve_boxes_with_tpms_prove_themselves_and_work_and_three_of_them_come_to_grief() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(tpms) = tpms(dir.path()) else { return };
    let mut scene = Scene::begin(tpms);
    enrolled(&mut scene).await;
    at_work(&mut scene).await;
    let index = tampered(&mut scene).await;
    rebooted(&mut scene).await;
    unplugged(&mut scene).await;
    let_in_again(&mut scene, index).await;
    expect_file!["../../../../scenarios/twelve-tpms.txt"].assert_eq(&scene.transcript);
}

async fn enrolled(scene: &mut Scene) {
    scene.says(
        "Twelve boxes are switched on. Each registers itself; none has proved what it is, so none gets work.",
    );
    let (dir, base) = (scene.dir.path().to_owned(), scene.server.base.clone());
    scene.boxes.iter_mut().for_each(|one| one.starts(&dir, &base));
    until(async || {
        let known = scene.nodes().await.len();
        if known == BOXES { Ok(()) } else { Err(format!("{known} are known")) }
    })
    .await;
    scene.status();
    scene.says("An operator gives each a token; its TPM opens what only it can open, and it proves itself.");
    let names: Vec<String> = scene.boxes.iter().map(|one| one.name.clone()).collect();
    for name in &names {
        let token = paceline(&dir, &["edge", "enrol", name, "--url", &base]).expect("a token");
        std::fs::write(dir.join(format!("{name}.token")), token).expect("it can be written");
    }
    for name in &names {
        scene.stands(name, "proved").await;
        assert!(!dir.join(format!("{name}.token")).exists(), "it is spent");
    }
    scene.status();
}

async fn at_work(scene: &mut Scene) {
    let weld: Value = json!({ "versions": [{ "version": "1.0.0", "variants": [{ "precision": "int8", "size_mib": 4,
        "memory_mib": 64, "latency_ms": 8, "accuracy_permille": 930 }] }] });
    let line = json!({ "model": "weld", "precision": "int8", "cpu_milli": 1_500, "memory_mib": 256, "replicas": BOXES,
        "spread": [{ "max_skew": 2, "topology_key": "kubernetes.io/hostname" }] });
    scene.client.put_model("weld", &serde_json::from_value(weld).expect("a model")).await.expect("it may");
    scene
        .client
        .put_workload("line", &serde_json::from_value(line).expect("a workload"))
        .await
        .expect("it may");
    all_serve(scene).await;
    scene.says(&format!(
        "A workload of {BOXES} replicas: all run, and each has answered what is known to be right."
    ));
}

/// Waits until all replicas answer rightly, each on one box.
async fn all_serve(scene: &Scene) {
    until(async || {
        let serving = scene.serving().await;
        if serving.len() == BOXES { Ok(()) } else { Err(format!("{serving:?}")) }
    })
    .await;
}

async fn tampered(scene: &mut Scene) -> usize {
    let index = scene.picks("box-A").await;
    let name = scene.boxes[index].name.clone();
    scene.says("Somebody changes what box-A boots: its TPM measures what no policy knows.");
    scene.boxes[index].tpm.extend(4, &[6; 32]);
    scene.stands(&name, "failed").await;
    scene.types(&["attest", "why", &name]);
    // Where it goes it may run before it has ended here: it is no workload that must be single.
    until(async || {
        let left = scene.boxes[index].running().await;
        if left.is_empty() { Ok(()) } else { Err(format!("{name} still runs {left:?}")) }
    })
    .await;
    all_serve(scene).await;
    scene.says(&format!(
        "What it ran runs elsewhere: {BOXES} replicas answer rightly, none of them on box-A."
    ));
    scene.types(&["attest", "readmit", &name]);
    index
}

async fn rebooted(scene: &mut Scene) {
    let index = scene.picks("box-B").await;
    scene.says(
        "box-B loses its power for a moment, and starts again: what ran there runs again from its disk.",
    );
    let before = scene.boxes[index].running().await;
    let (dir, base) = (scene.dir.path().to_owned(), scene.server.base.clone());
    scene.boxes[index].stops();
    scene.boxes[index].tpm.reboot();
    scene.boxes[index].starts(&dir, &base);
    let (name, since) = (scene.boxes[index].name.clone(), jiff::Timestamp::now());
    all_serve(scene).await;
    assert_eq!(scene.boxes[index].running().await, before);
    until(async || {
        let proved_at = scene.nodes().await[&name].trust.proved_at.map(|at| at.to_string());
        let at: Option<jiff::Timestamp> = proved_at.and_then(|at| at.parse().ok());
        if at.is_some_and(|at| at > since) { Ok(()) } else { Err(format!("{at:?}")) }
    })
    .await;
    scene.says("It has proved itself by its new start, and nobody had to let it in.");
}

async fn unplugged(scene: &mut Scene) {
    let index = scene.picks("box-C").await;
    let name = scene.boxes[index].name.clone();
    scene.says("box-C is unplugged. It is not heard, so nothing speaks against it: stale, and what it ran is not started twice.");
    let before = scene.client.placements_on(&name).await.expect("it answers").rows;
    scene.boxes[index].stops();
    scene.stands(&name, "stale").await;
    assert_eq!(scene.client.placements_on(&name).await.expect("it answers").rows, before);
    scene.status();
    scene.says("It is plugged in again, and proves itself.");
    let (dir, base) = (scene.dir.path().to_owned(), scene.server.base.clone());
    scene.boxes[index].tpm.reboot();
    scene.boxes[index].starts(&dir, &base);
    scene.stands(&name, "proved").await;
    all_serve(scene).await;
    scene.says(&format!("{BOXES} replicas answer rightly, each on one box."));
}

async fn let_in_again(scene: &mut Scene, index: usize) {
    let name = scene.boxes[index].name.clone();
    scene.says("box-A is set up as it was, and started. Its proofs are good again, and it stays out until an operator has looked.");
    scene.boxes[index].tpm.reboot();
    until(async || {
        let refused = scene.client.readmit_node(&name).await.err();
        refused.map_or(Ok(()), |refused| Err(refused.to_string()))
    })
    .await;
    scene.stands(&name, "proved").await;
    scene.status();
}
