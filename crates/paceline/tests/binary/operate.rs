//! `paceline top` and `paceline doctor` as processes, against a server that is one too.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PACELINE: &str = env!("CARGO_BIN_EXE_paceline");
const TOKEN: &str = "0123456789abcdef";

/// A running server with an operator's listener. It dies with this value.
struct Served {
    child: Child,
    admin: String,
}

impl Served {
    fn start(dir: &Path) -> Self {
        let roads: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
        let mut child = Command::new(PACELINE)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--roads"])
            .arg(roads)
            .arg("--journal")
            .arg(dir.join("journal"))
            .current_dir(dir)
            .env("PACELINE_ADMIN__TOKEN", TOKEN)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines =
            BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let line = lines.find_map(|line| line.strip_prefix("operators: ").map(str::to_owned));
        let line = line.expect("it says where operators are let in");
        let admin = line.split(',').next().expect("an address").to_owned();
        // It says a last line when it ends, and must find somebody who reads it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, admin }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it was ours");
    }
}

fn run(dir: &Path, token: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let run = Command::new(PACELINE).args(args).current_dir(dir).env("PACELINE_ADMIN__TOKEN", token).output();
    let Output { status, stdout, stderr } = run.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn top_and_doctor_read_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = Served::start(dir.path());
    let top = ["top", "--once", "--view", "tasks", "--url", &server.admin];
    // It says where it listens before its tasks are all there.
    let mut tries = (0..100).map(|_| run(dir.path(), TOKEN, &top));
    let all = |shown: &str| ["http", "region"].iter().all(|part| shown.contains(&format!("\n{part} ")));
    let (code, shown, _) = tries.find(|(_, shown, _)| all(shown)).expect("the tasks come");
    assert_eq!(code, Some(0));
    for (part, file) in [
        ("journal ", "journal_writer"),
        ("solver", "solver"),
        ("region", "region/setup"),
        ("sched", "server"),
    ] {
        let line = shown.lines().find(|line| line.starts_with(part));
        let line = line.unwrap_or_else(|| panic!("{part} is not in\n{shown}"));
        assert!(line.contains(&format!("serve/src/{file}.rs:")), "{line}");
    }
    let (code, _, error) =
        run(dir.path(), "not the token at all", &["top", "--once", "--url", &server.admin]);
    assert!(code == Some(1) && error.contains("401") && error.contains("E0602"), "{code:?} {error}");

    let save = ["doctor", "--url", &server.admin, "--save", "dump.json"];
    let (code, said, _) = run(dir.path(), TOKEN, &save);
    // A busy machine makes long polls by itself; the code must agree with the words.
    assert_eq!(code, Some(i32::from(said.contains("WRONG:"))), "{said}");
    let (again, same, _) = run(dir.path(), "", &["doctor", "--dump", "dump.json"]);
    assert_eq!((again, same), (code, said), "a dump is judged as its server was");
}

#[test]
fn the_doctors_exit_code_says_well_wrong_or_unreadable() {
    let dir = tempfile::tempdir().unwrap();
    let judge = |name: &str, dump: &str| {
        std::fs::write(dir.path().join(name), dump).unwrap();
        run(dir.path(), "", &["doctor", "--dump", name])
    };
    let (code, said, _) = judge("well.json", r#"{ "tasks": { "live": 3 } }"#);
    assert!(code == Some(0) && said.contains("3 tasks; nothing is wrong"), "{code:?} {said}");
    let leak =
        r#"{ "reports": [{ "breach": "outlived", "component": "fleet", "task": { "name": "link" } }] }"#;
    let (code, said, _) = judge("leak.json", leak);
    assert!(code == Some(1) && said.contains("task fleet/link outlived its contract"), "{code:?} {said}");
    let (code, _, error) = judge("none.json", "tasks: 3");
    assert!(code == Some(2) && error.contains("this is no dump of a server"), "{code:?} {error}");
    let nobody = ["doctor", "--url", "http://127.0.0.1:9"];
    let (code, _, error) = run(dir.path(), TOKEN, &nobody);
    assert!(code == Some(2) && error.contains("http://127.0.0.1:9 does not answer"), "{code:?} {error}");
}
