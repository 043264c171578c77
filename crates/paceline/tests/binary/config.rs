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

#[test]
fn what_the_environment_says_to_other_commands_is_no_setting_and_any_other_name_is_refused() {
    let out =
        checked(&[("PACELINE_URL", "http://127.0.0.1:1"), ("PACELINE_ADMIN_URL", "http://127.0.0.1:2")]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = checked(&[("PACELINE_URLS", "http://127.0.0.1:1")]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("unknown field: found `urls`"), "{said}");
}

#[test]
fn which_server_a_command_asks_may_stand_in_the_environment() {
    let said = |name: &str| {
        let run = Command::new(env!("CARGO_BIN_EXE_paceline"))
            .args(["edge", "nodes"])
            .env(name, "http://127.0.0.1:1")
            .output()
            .expect("it runs");
        assert!(!run.status.success());
        String::from_utf8_lossy(&run.stderr).into_owned()
    };
    assert!(said("PACELINE_URL").contains("127.0.0.1:1/"), "{}", said("PACELINE_URL"));
}

#[test]
fn a_region_helps_fleets_that_are_there_and_not_itself() {
    for (with, rule) in [
        ("nowhere", "must be the name of another fleet of this file"),
        ("west", "must be the name of another fleet of this file"),
        ("line", "must be the name of another fleet of this file"),
        ("east", ""),
    ] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let roads = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/manhattan/network.json.gz");
        let fleet = |name: &str| format!("[regions.{name}]\nroads = \"{roads}\"\njournal = \"{name}\"\n");
        let line = "[regions.line]\nkind = \"edge\"\njournal = \"line\"\n";
        let config =
            [fleet("west"), format!("relief.with = [\"{with}\"]\n"), fleet("east"), line.into()].concat();
        std::fs::write(dir.path().join("paceline.toml"), config).expect("it can be written");
        let run = Command::new(env!("CARGO_BIN_EXE_paceline"))
            .args(["config", "check"])
            .current_dir(dir.path())
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.success(), rule.is_empty(), "{with}: {said}");
        assert!(
            rule.is_empty() || said.contains(&format!("regions.west.relief.with is {with}: {rule}")),
            "{said}"
        );
    }
}
