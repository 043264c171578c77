//! The quick start of `docs/edge.md` with the binary: an edge region is served, placed on, asked why, killed, and comes back as it was.

use crate::common::{Killed, paceline};
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

/// Of what is there once more, and of one in flags.
fn what_if_changes_nothing(served: &Served, line: &Path) {
    let before = served.edge(&["workloads"]);
    let said = served.edge(&["what-if", line.to_str().expect("a path")]);
    assert!(said.contains("training-0 would have no node: of 6 nodes: "), "{said}");
    assert!(said.contains("Any one of these would help training-0:"), "{said}");
    let of = |model: &str, precision: &str| {
        let said =
            ["what-if", "--model", model, "--precision", precision, "--gpus", "1", "--milli-gpu", "50"];
        let args = [&["edge"][..], &said, &["--url", &served.0.base]].concat();
        paceline(Path::new("."), &args)
    };
    let said = of("bolts", "fp16").expect("it can be asked");
    assert!(
        said.starts_with("replica-0 would run on box-") && said.contains(" as 0.9.1 FP16, on GPU-"),
        "{said}"
    );
    let wrong = of("nuts", "fp16").expect_err("there is no such model");
    assert!(wrong.contains("no model is called nuts"), "{wrong}");
    let wrong = of("bolts", "fp17").expect_err("there is no such precision");
    assert!(wrong.contains("fp17") && wrong.contains("int8"), "{wrong}");
    assert_eq!(served.edge(&["workloads"]), before);
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
        let why = served.edge(&["why", "training-0"]);
        let helps = "Any one of these would help training-0:\n- ";
        assert!(why.starts_with(&format!("{training}\n{helps}")), "{why}");
        assert!(why.contains("1 GPU with 6200 MiB more on box-"), "{why}");
        what_if_changes_nothing(&served, &line);
        assert!(served.edge(&["models"]).contains("1.2.0 FP16"));
        served.edge(&["workloads"])
    };
    let served = Served::start(dir.path());
    assert_eq!(served.edge(&["workloads"]), before);
    assert_eq!(served.edge(&["drain", "box-1"]).lines().last(), Some("box-1: 0 replicas are left"));
    let nodes = served.edge(&["nodes"]);
    assert!(nodes.lines().any(|line| line.starts_with("box-1 ") && line.ends_with("draining")), "{nodes}");
}
