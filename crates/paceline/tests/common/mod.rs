//! The binary as its users run it: a command to its end, and a server.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use paceline_client::{Client, ClientOptions, ClientTls};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub const ADMIN_TOKEN: &str = "an-operators-secret-token";

/// Runs the binary to its end: what it prints, or what it says went wrong.
pub fn paceline(dir: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_paceline")).args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Starts `paceline agent` for a node, which the project's script and readings stand in for: its process, and where it answers.
pub fn agent(dir: &Path, server: &str, node: &str, more: &[&str]) -> (Child, String) {
    let data =
        |name: &str| -> PathBuf { [env!("CARGO_MANIFEST_DIR"), "../../data/edge", name].iter().collect() };
    let mut child = Command::new(env!("CARGO_BIN_EXE_paceline"))
        .args(["agent", "--server", server, "--node", node, "--register", "--listen", "127.0.0.1:0"])
        .arg("--script")
        .arg(data("agent/runner.json"))
        .arg("--readings")
        .arg(data("agent/warm.jsonl"))
        .args(more)
        .current_dir(dir)
        .env("RUST_LOG", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.next().expect("it says where it answers");
    let base = line.strip_prefix(&format!("{node}: answers on ")).expect("its name");
    (child, base.to_owned())
}

/// A server with everything switched on that writes something down.
pub struct Served {
    child: Child,
    pub base: String,
    pub admin: String,
}

impl Served {
    pub fn start(dir: &Path, env: &[(&str, &str)]) -> Self {
        let roads: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
        let mut child = Command::new(env!("CARGO_BIN_EXE_paceline"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--admin-listen",
                "127.0.0.1:0",
                "--journal",
                "journal",
                "--roads",
            ])
            .arg(roads)
            .current_dir(dir)
            .envs(env.iter().copied())
            .env("PACELINE_AUTH__AUDIT_FILE", "audit.jsonl")
            .env("PACELINE_ADMIN__TOKEN", ADMIN_TOKEN)
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(dir.join("log.txt")).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = |before: &str| {
            let line = lines.find(|line| line.starts_with(before)).expect("it recovers and listens");
            line[before.len()..].split(',').next().unwrap().to_owned()
        };
        let (base, admin) = (said("listening on "), said("operators: "));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base, admin }
    }
    /// Whoever asks it with this key.
    pub fn client(&self, key: &str, tls: &ClientTls) -> Client {
        let (bearer, tls) = (Some(key.to_owned().into()), tls.clone());
        Client::new(&self.base, ClientOptions { bearer, tls, ..ClientOptions::once() }).unwrap()
    }
    /// All that its operators see.
    pub async fn dump(&self, tls: &ClientTls) -> String {
        let http = paceline_client::http(&self.admin, tls).unwrap().build().unwrap();
        let dump = http.get(format!("{}/debug/dump", self.admin)).bearer_auth(ADMIN_TOKEN);
        let dump = dump.send().await.unwrap().text().await.unwrap();
        assert!(dump.starts_with('{'), "{dump:.200}");
        dump
    }
    /// Asks it to end, and returns all that it has written down.
    pub fn ended(mut self, dir: &Path) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        ["log.txt", "audit.jsonl"].map(|file| std::fs::read_to_string(dir.join(file)).unwrap()).concat()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended, unless a test has failed.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A server on the file of its settings that is killed with this value and not asked to end: what was answered is on disk.
pub struct Killed {
    child: Child,
    pub base: String,
    /// What it said before it listened.
    pub recovered: Vec<String>,
}

impl Killed {
    /// `args` besides the address.
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_paceline"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .current_dir(dir)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut recovered = Vec::new();
        let base = loop {
            let line = lines.next().expect("it recovers and listens");
            match line.strip_prefix("listening on ") {
                Some(base) => break base.to_owned(),
                None => recovered.push(line),
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base, recovered }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
