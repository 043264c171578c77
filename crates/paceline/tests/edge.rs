//! The quick start of `docs/edge.md` with the binary: an edge region is served, placed on, asked why, killed, and comes back as it was.

mod common;

use common::{Killed, paceline};
use std::path::{Path, PathBuf};

/// A running server, which dies with this value.
struct Served(Killed);

impl Served {
    fn start(dir: &Path) -> Self {
        Self(Killed::start(dir, &["--config", data("paceline.toml").to_str().expect("a path")]))
    }

    /// What `paceline edge` prints.
    fn edge(&self, args: &[&str]) -> String {
        let args = [&["edge"], args, &["--url", &self.0.base]].concat();
        paceline(Path::new("."), &args).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"))
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
        assert_eq!(served.edge(&["why", "training-0"]), training);
        assert!(served.edge(&["models"]).contains("1.2.0 FP16"));
        served.edge(&["workloads"])
    };
    let served = Served::start(dir.path());
    assert_eq!(served.edge(&["workloads"]), before);
    assert_eq!(served.edge(&["drain", "box-1"]).lines().last(), Some("box-1: 0 replicas are left"));
    let nodes = served.edge(&["nodes"]);
    assert!(nodes.lines().any(|line| line.starts_with("box-1 ") && line.ends_with("draining")), "{nodes}");
}
