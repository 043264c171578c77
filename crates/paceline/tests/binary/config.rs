//! `paceline config check` as a process: what the environment says, and how a bad value is refused.

use std::path::PathBuf;
use std::process::{Command, Output};

fn checked(environment: &[(&str, &str)]) -> Output {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let roads: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
    Command::new(env!("CARGO_BIN_EXE_paceline"))
        .args(["config", "check"])
        .current_dir(dir.path())
        .env("PACELINE_ROADS", roads)
        .envs(environment.iter().copied())
        .output()
        .expect("it runs")
}

#[test]
fn a_time_in_the_environment_is_written_as_in_a_file() {
    let out = checked(&[("PACELINE_SERVE__TICK", "20 ms"), ("PACELINE_FLEET__POLICY__KIND", "low-carbon")]);
    let printed = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(printed.contains("tick = \"20 ms\"") && printed.contains("kind = \"low-carbon\""), "{printed}");
}

#[test]
fn a_bad_value_in_the_environment_is_refused_with_key_and_value() {
    let out = checked(&[("PACELINE_SERVE__TICK", "20")]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success());
    let (value, key) = ("found unsigned int `20`, expected a time with its unit", "for key \"SERVE.TICK\"");
    assert!(said.contains(value) && said.contains(key), "{said}");
}
