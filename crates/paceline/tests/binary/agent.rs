//! `paceline agent` as a box runs it: enrolled, asked, killed, there again, drained; and what it takes at rest.

use crate::common::{Killed, paceline};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// Longest that something may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);
/// What an agent may take at rest, of the memory that is its own: a promise.
const REST_KB_MAX: u64 = 40 << 10;

fn data(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../data/edge", name].iter().collect();
    path.to_str().expect("a path").to_owned()
}

/// An agent, which is killed with this value.
struct Agent {
    child: Child,
    base: String,
}

impl Agent {
    fn start(dir: &Path, server: &str) -> Self {
        Self::start_with(dir, server, &[])
    }

    fn start_with(dir: &Path, server: &str, more: &[&str]) -> Self {
        let (child, base) = crate::common::agent(dir, server, "box-1", more);
        Self { child, base }
    }

    async fn status(&self) -> Value {
        let http = paceline_client::http(&self.base, &Default::default()).expect("a client").build();
        let asked = http.expect("a client").get(format!("{}/v1/status", self.base));
        let answer = asked.send().await.expect("it answers");
        answer.json().await.expect("JSON")
    }

    async fn until_it_runs(&self) {
        let began = tokio::time::Instant::now();
        loop {
            let status = self.status().await;
            if status["replicas"][0]["state"] == "running" {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{status}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Resident memory that is no file's, in kB. Source: proc(5), `RssAnon`.
    fn rest_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line");
        line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect("a number")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Ended already where a test has asked it to.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_box_is_enrolled_answers_is_killed_goes_on_and_drains() {
    let dir = tempfile::tempdir().expect("a directory");
    let served = Killed::start(dir.path(), &["--config", &data("paceline.toml")]);
    let agent = Agent::start(dir.path(), &served.base);
    paceline(dir.path(), &["edge", "place", &data("agent/weld.json"), "--url", &served.base])
        .expect("placed");
    agent.until_it_runs().await;
    assert!(agent.rest_kb() < REST_KB_MAX, "{} kB at rest", agent.rest_kb());
    drop(served);
    drop(agent);
    // Neither region nor memory of it but what is on the disk.
    let mut agent = Agent::start(dir.path(), "http://127.0.0.1:9");
    agent.until_it_runs().await;
    let pid = agent.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("it can be asked").success());
    assert!(agent.child.wait().expect("it ends").success(), "it ends well");
}

#[test]
fn what_is_missing_or_dangerous_is_said() {
    let dir = tempfile::tempdir().expect("a directory");
    let script = data("agent/runner.json");
    let say =
        |args: &[&str]| paceline(dir.path(), &[&["agent"], args].concat()).expect_err("it does not start");
    assert!(say(&["--script", &script]).contains("--node"), "a name is needed");
    let open = say(&["--node", "box-1", "--script", &script, "--listen", "0.0.0.0:0"]);
    assert!(open.contains("listen is 0.0.0.0:0: others can reach it"), "{open}");
    std::fs::write(dir.path().join("agent.toml"), "node = \"box-1\"\nservr = \"http://x\"").expect("written");
    let unknown = say(&["--config", "agent.toml", "--script", &script]);
    assert!(unknown.contains("servr"), "{unknown}");
}

#[test]
fn the_demo_shows_what_becomes_of_the_work_and_ends_by_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let said = paceline(dir.path(), &["edge", "demo", "--plain", "--seconds", "26"]).expect("it ends well");
    for happened in ["box-03 is hot", "box-07 is silent (link)", "box-10 is on again", "Users asked"] {
        assert!(said.contains(happened), "{happened} is missing:\n{said}");
    }
}

/// A model that is cut, signed and handed over; returns its name.
fn released(dir: &Path, server: &str) -> String {
    // Enough for some chunks, and no two of them alike.
    let bytes: Vec<u8> =
        (0_u32..200_000).flat_map(|word| word.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    std::fs::write(dir.join("weld.onnx"), bytes).expect("written");
    let pack = [
        "artefacts",
        "pack",
        "weld.onnx",
        "--model",
        "weld",
        "--version",
        "1.0.0",
        "--precision",
        "int8",
        "--key",
        "release.secret",
    ];
    let packed = paceline(dir, &pack).expect("packed");
    let name =
        packed.split_whitespace().find(|word| word.starts_with("blake3:")).expect("its name").to_owned();
    paceline(dir, &["artefacts", "push", &name, "--url", server]).expect("handed over");
    name
}

#[tokio::test]
async fn an_artefact_is_fetched_verified_and_there_again_without_the_link() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = paceline(dir.path(), &["artefacts", "keys", "new", "release.secret"]).expect("a key");
    std::fs::write(dir.path().join("trusted.keys"), key).expect("written");
    let config = "[artefacts]\ndirectory = \"artefacts\"\nkeys_file = \"trusted.keys\"\n[regions.line]\nkind = \"edge\"\njournal = \"edge-journal\"\n";
    std::fs::write(dir.path().join("region.toml"), config).expect("written");
    let served = Killed::start(dir.path(), &["--config", "region.toml"]);
    let name = released(dir.path(), &served.base);
    let text = std::fs::read_to_string(data("agent/weld.json")).expect("read");
    let mut asked: Value = serde_json::from_str(&text).expect("JSON");
    asked["models"]["weld"]["versions"][0]["variants"][0]["artefact"] = name.clone().into();
    std::fs::write(dir.path().join("weld.json"), asked.to_string()).expect("written");
    let agent = Agent::start_with(dir.path(), &served.base, &["--trusted", "trusted.keys"]);
    paceline(dir.path(), &["edge", "place", "weld.json", "--url", &served.base]).expect("placed");
    agent.until_it_runs().await;
    let file = dir.path().join("paceline-agent/artefacts/models").join(name.replace(':', "-"));
    let original = std::fs::read(dir.path().join("weld.onnx")).expect("read");
    assert!(std::fs::read(&file).expect("fetched") == original, "byte for byte");
    drop(served);
    drop(agent);
    // Somebody has changed it: it is measured before it is loaded, and made anew from what is verified.
    std::fs::write(&file, b"changed").expect("written");
    let agent = Agent::start_with(dir.path(), "http://127.0.0.1:9", &["--trusted", "trusted.keys"]);
    agent.until_it_runs().await;
    assert!(std::fs::read(&file).expect("there") == original);
}
