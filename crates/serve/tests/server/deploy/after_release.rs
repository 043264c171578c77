//! `deploy/gitops/after-release.sh` in a repository of its own, beside a cluster that says what the test says. The real one is in
//! `bench/kubernetes/rollback/`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Renders what the script looks for, and answers as the test says.
const KUBECTL: &str = r#"#!/usr/bin/env bash
case "$*" in
    kustomize*) sed -n 's/^ *newTag: /        image: registry.example\/paceline:/p' region/kustomization.yaml ;;
    *generation*phase*image*) cat "$CLUSTER/state" ;;
    *message*) cat "$CLUSTER/message" ;;
    *) exit 1 ;;
esac
"#;

/// An origin, the pipeline's clone of it, and what the cluster says.
struct Scene(TempDir);

impl Scene {
    /// Version 0.1.0 was there, and 0.2.0 has been pushed.
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["bin", "cluster"] {
            std::fs::create_dir(scene.at(folder)).expect("a folder");
        }
        std::fs::write(scene.at("bin/kubectl"), KUBECTL).expect("a program");
        scene.run(Command::new("chmod").arg("+x").arg(scene.at("bin/kubectl")));
        scene.git("", &["init", "--quiet", "--bare", "--initial-branch=main", "origin"]);
        scene.git("", &["clone", "--quiet", "origin", "clone"]);
        scene.git("clone", &["checkout", "--quiet", "-B", "main"]);
        std::fs::create_dir(scene.at("clone/region")).expect("a folder");
        std::fs::write(scene.hold(), super::gitops("region/hold.yaml")).expect("a file");
        scene.release("0.1.0");
        scene.release("0.2.0");
        scene.cluster("0.2.0", "Progressing", "");
        scene
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn hold(&self) -> PathBuf {
        self.at("clone/region/hold.yaml")
    }

    /// Commits and pushes a version.
    fn release(&self, version: &str) {
        let text = format!("images:\n  - name: paceline\n    newTag: {version}\n");
        std::fs::write(self.at("clone/region/kustomization.yaml"), text).expect("a file");
        self.git("clone", &["add", "--all"]);
        self.git("clone", &["commit", "--quiet", "-m", &format!("Release {version}")]);
        self.git("clone", &["push", "--quiet", "--set-upstream", "origin", "main"]);
    }

    /// What the Rollout says from now on, which its controller has seen.
    fn cluster(&self, version: &str, phase: &str, message: &str) {
        self.says(&format!("7|7|{phase}|registry.example/paceline:{version}"));
        std::fs::write(self.at("cluster/message"), message).expect("a file");
    }

    fn says(&self, state: &str) {
        std::fs::write(self.at("cluster/state"), state).expect("a file");
    }

    fn run(&self, command: &mut Command) -> Output {
        let path = format!("{}:{}", self.at("bin").display(), std::env::var("PATH").expect("a path"));
        let command = command.env("PATH", path).env("CLUSTER", self.at("cluster")).env("SECONDS_MAX", "2");
        for (who, name) in [("AUTHOR", "pipeline"), ("COMMITTER", "pipeline")] {
            command
                .env(format!("GIT_{who}_NAME"), name)
                .env(format!("GIT_{who}_EMAIL"), "pipeline@example.com");
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("it can be started")
    }

    /// What git says. It has to succeed.
    fn git(&self, folder: &str, args: &[&str]) -> String {
        let done = self.run(Command::new("git").args(args).current_dir(self.at(folder)));
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    }

    /// The script's exit code and all that it says.
    fn after_release(&self) -> (i32, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/gitops/after-release.sh");
        let done = self.run(Command::new(script).args(["region", "town"]).current_dir(self.at("clone")));
        let mut said = String::from_utf8(done.stdout).expect("text");
        write!(said, "{}", String::from_utf8_lossy(&done.stderr)).expect("room");
        (done.status.code().expect("it ended by itself"), said)
    }

    /// The titles of what was pushed, newest first.
    fn pushed(&self) -> Vec<String> {
        self.git("origin", &["log", "--format=%s", "main"]).lines().map(str::to_owned).collect()
    }

    /// A file of the newest commit that was pushed.
    fn newest(&self, file: &str) -> String {
        self.git("origin", &["show", &format!("main:{file}")])
    }
}

#[test]
fn a_release_that_is_healthy_stays_and_nothing_is_written() {
    let scene = Scene::new();
    scene.cluster("0.2.0", "Healthy", "");
    assert_eq!(scene.after_release(), (0, "stays: Release 0.2.0\n".to_owned()));
    assert_eq!(scene.pushed(), ["Release 0.2.0", "Release 0.1.0"]);
}

#[test]
fn what_the_cluster_says_of_the_version_before_is_no_verdict() {
    let scene = Scene::new();
    for phase in ["Healthy", "Degraded"] {
        scene.cluster("0.1.0", phase, "");
        let (code, said) = scene.after_release();
        assert_eq!(code, 4, "{said}");
    }
    scene.says("7|6|Healthy|registry.example/paceline:0.2.0");
    assert_eq!(scene.after_release().0, 4, "the controller has not seen it yet");
    scene.says("");
    assert_eq!(scene.after_release().0, 4, "there is no Rollout yet");
    scene.says("7|7|Healthy|");
    assert_eq!(scene.after_release().0, 4, "it says no image");
    assert_eq!(scene.pushed(), ["Release 0.2.0", "Release 0.1.0"]);
}

#[test]
fn a_release_that_was_aborted_is_reverted_and_those_after_it_are_held_until_that_is_reverted() {
    let scene = Scene::new();
    scene.cluster("0.2.0", "Degraded", "Metric \"task-leaks\"\nassessed Failed | a \\ and & too");
    let (code, said) = scene.after_release();
    assert_eq!(code, 3, "{said}");
    assert_eq!(scene.pushed()[..3], ["Hold further releases", "Revert \"Release 0.2.0\"", "Release 0.2.0"]);
    assert!(scene.newest("region/kustomization.yaml").contains("newTag: 0.1.0"));
    let hold = scene.newest("region/hold.yaml");
    let why = "paceline.dev/held-because: \"Release 0.2.0 was taken back: Metric task-leaks assessed Failed  a  and  too\"";
    assert!(hold.contains(why) && hold.contains("paused: true"), "{hold}");

    scene.release("0.2.1");
    let (code, said) = scene.after_release();
    assert!(code == 5 && said.starts_with("held: \"Release 0.2.0 was taken back"), "{code}: {said}");
    let held = scene.git("clone", &["log", "-1", "--format=%h", "--", "region/hold.yaml"]);
    assert!(said.contains(&held), "{said} names {held}");
    scene.git("clone", &["revert", "--no-edit", &held]);
    assert_eq!(std::fs::read_to_string(scene.hold()).expect("a file"), super::gitops("region/hold.yaml"));
}

#[test]
fn a_merge_is_reverted_and_what_others_pushed_meanwhile_stays() {
    let scene = Scene::new();
    scene.git("clone", &["checkout", "--quiet", "-b", "next", "HEAD^"]);
    std::fs::write(scene.at("clone/region/kustomization.yaml"), "    newTag: 0.3.0\n").expect("a file");
    scene.git("clone", &["commit", "--quiet", "-am", "Try 0.3.0"]);
    scene.git("clone", &["checkout", "--quiet", "main"]);
    scene.git("clone", &["merge", "--quiet", "--no-ff", "-X", "theirs", "-m", "Release 0.3.0", "next"]);
    scene.git("clone", &["push", "--quiet"]);
    scene.git("", &["clone", "--quiet", "origin", "other"]);
    std::fs::write(scene.at("other/README"), "of somebody else").expect("a file");
    scene.git("other", &["add", "README"]);
    scene.git("other", &["commit", "--quiet", "-m", "Say what this is"]);
    scene.git("other", &["push", "--quiet"]);
    scene.cluster("0.3.0", "Degraded", "leaks");
    let (code, said) = scene.after_release();
    assert_eq!(code, 3, "{said}");
    assert_eq!(
        scene.pushed()[..3],
        ["Hold further releases", "Revert \"Release 0.3.0\"", "Say what this is"]
    );
    assert!(scene.newest("region/kustomization.yaml").contains("newTag: 0.2.0"));
    assert_eq!(scene.newest("README"), "of somebody else");
}

#[test]
fn where_the_revert_conflicts_the_hold_alone_is_pushed_and_a_person_told() {
    let scene = Scene::new();
    scene.cluster("0.2.0", "Degraded", "leaks");
    scene.git("", &["clone", "--quiet", "origin", "other"]);
    std::fs::write(scene.at("other/region/kustomization.yaml"), "    newTag: 0.4.0\n").expect("a file");
    scene.git("other", &["commit", "--quiet", "-am", "Release 0.4.0"]);
    scene.git("other", &["push", "--quiet"]);
    let (code, said) = scene.after_release();
    assert!(code == 3 && said.contains("a person must revert"), "{code}: {said}");
    assert_eq!(scene.pushed()[..2], ["Hold further releases", "Release 0.4.0"]);
    assert_eq!(scene.git("clone", &["status", "--porcelain"]), "", "nothing half done is left");
}
