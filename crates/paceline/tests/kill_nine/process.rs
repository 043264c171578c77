//! `paceline serve` as a process of its own.

use paceline_client::{Client, ClientOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running server. It dies with this value.
pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) client: Client,
}

impl ServerProcess {
    /// Starts it with short ticks and frequent snapshots, and waits until it listens.
    pub(crate) fn start(roads: &Path, journal: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_paceline"))
            .args(["serve", "--listen", "127.0.0.1:0", "--roads"])
            .arg(roads)
            .arg("--journal")
            .arg(journal)
            .current_dir(journal.parent().unwrap())
            .env("PACELINE_SERVE__TICK", "20 ms")
            .env("PACELINE_SERVE__SNAPSHOT_EVERY", "150")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let base = base.expect("it recovers and listens");
        // It says a last line when it ends, and must find somebody who reads it.
        std::thread::spawn(move || lines.for_each(drop));
        // A request that a kill interrupts is a finding of the test, and not to be repeated behind its back.
        Self { child, client: Client::new(&base, ClientOptions::once()).unwrap() }
    }
    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
    /// SIGTERM, and the exit status.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().unwrap()
    }
    /// SIGSTOP: nothing of it runs, and its sockets take in what comes.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }
    /// SIGCONT.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Already waited for, unless a test has failed.
        _ = self.child.kill();
    }
}
