//! The quick start of `docs/edge.md` with the binary: an edge region is served, placed on, asked why, killed, and comes back as it was.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PACELINE: &str = env!("CARGO_BIN_EXE_paceline");

/// A running server, which is killed with this value.
struct Served(Child, String);

impl Served {
    fn start(dir: &Path) -> Self {
        let child = Command::new(PACELINE)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(data("paceline.toml"))
            .current_dir(dir)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, base.expect("it listens"))
    }

    /// What `paceline edge` prints.
    fn edge(&self, args: &[&str]) -> String {
        let output = Command::new(PACELINE).arg("edge").args(args).args(["--url", &self.1]).output();
        let output = output.expect("it runs");
        let (said, wrong) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{args:?}: {said}{wrong}");
        said.into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn data(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../data/edge", name].iter().collect()
}

#[test]
fn the_quick_start_places_says_why_and_is_there_again_after_a_kill() {
    let dir = tempfile::tempdir().expect("a directory");
    let line = data("line.json");
    let training = "training-0 has no node: of 6 nodes: 1 on which no variant of the model runs, 5 with fewer serving GPUs than are asked for.";
    let before = {
        let served = Served::start(dir.path());
        let said = served.edge(&["place", line.to_str().expect("a path")]);
        assert!(said.contains(training), "{said}");
        assert_eq!(said.lines().filter(|line| line.contains(" box-")).count(), 7, "{said}");
        assert_eq!(served.edge(&["why", "training-0"]).trim(), training);
        assert!(served.edge(&["models"]).contains("1.2.0 FP16"));
        served.edge(&["workloads"])
    };
    let served = Served::start(dir.path());
    assert_eq!(served.edge(&["workloads"]), before);
    assert!(served.edge(&["drain", "box-1"]).ends_with("box-1: 0 replicas are left\n"));
    let nodes = served.edge(&["nodes"]);
    assert!(nodes.lines().any(|line| line.starts_with("box-1 ") && line.ends_with("draining")), "{nodes}");
}
