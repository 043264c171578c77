//! A record of a cluster with the binary, which needs no feature for it: the table, the report, and what is refused.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::common::paceline;
use serde_json::Value;
use std::path::Path;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/kubernetes/crowd.jsonl.gz");

fn sim(dir: &Path, more: &[&str]) -> Result<String, String> {
    paceline(dir, &[&["sim", RECORD], more].concat())
}

#[test]
fn a_record_is_played_beside_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let table = sim(dir.path(), &["--report", "crowd.html"]).unwrap();
    for text in [
        "recorded",
        "paceline",
        "Wait, p99",
        "The report is in crowd.html.",
        "Nothing was heard of anything for",
    ] {
        assert!(table.contains(text), "{text} in {table}");
    }
    assert!(std::fs::read_to_string(dir.path().join("crowd.html")).unwrap().contains("What was asked for"));
    let both: Value = serde_json::from_str(&sim(dir.path(), &["--json"]).unwrap()).unwrap();
    assert_eq!((&both[0]["pods"], &both[0]["policy"]), (&both[1]["pods"], &"recorded".into()));
    assert_eq!((&both[0]["broken"], &both[1]["broken"]), (&0.into(), &0.into()));
    let one: Value =
        serde_json::from_str(&sim(dir.path(), &["--policy", "paceline", "--json"]).unwrap()).unwrap();
    assert_eq!(one["placed"], both[1]["placed"]);
}

#[test]
fn what_is_of_other_kinds_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |more: &[&str]| sim(dir.path(), more).unwrap_err();
    assert!(
        refused(&["--policy", "nearest"]).contains("must be recorded or paceline"),
        "{}",
        refused(&["--policy", "nearest"])
    );
    assert!(refused(&["--compare", "1,2"]).contains("there are no seeds to compare"));
    assert!(refused(&["--vehicles", "3"]).contains("this is a record of a cluster"));
    assert!(refused(&["--demand-scale", "2"]).contains("this is a record of a cluster"));
}
