//! Keys from the command line to the running server and back: made, used, listed, revoked; and no secret in any log or dump.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use paceline_client::{Client, ClientOptions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ADMIN_TOKEN: &str = "an-operators-secret-token";

fn paceline(dir: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_paceline")).args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn new_key(dir: &Path, args: &[&str]) -> String {
    paceline(dir, &[&["keys", "new", "--file", "keys.toml"], args].concat()).unwrap()
}

/// A server with everything switched on that writes something down.
struct Served {
    child: Child,
    base: String,
    admin: String,
}

impl Served {
    fn start(dir: &Path) -> Self {
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
            .env("PACELINE_AUTH__KEYS_FILE", "keys.toml")
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
    fn client(&self, key: &str) -> Client {
        let bearer = Some(key.to_owned());
        Client::new(&self.base, ClientOptions { bearer, ..ClientOptions::once() }).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended, unless a test has failed.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_key_is_made_used_listed_and_revoked_and_no_secret_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let operator = new_key(dir.path(), &["--name", "the operator", "--role", "operator"]);
    let car =
        new_key(dir.path(), &["--name", "car 42", "--role", "vehicle", "--vehicle", "v42", "--days", "7"]);
    let mut served = Served::start(dir.path());
    served.client(&operator).world().await.unwrap();
    let refused = served.client(&car).world().await.unwrap_err();
    assert_eq!(refused.status(), Some(403), "{refused}");
    let wrong = format!("{operator}x");
    assert_eq!(served.client(&wrong).world().await.unwrap_err().status(), Some(401));
    served.client(&car).recover("v42").await.unwrap_err();
    let dump = reqwest::Client::new().get(format!("{}/debug/dump", served.admin)).bearer_auth(ADMIN_TOKEN);
    let dump = dump.send().await.unwrap().text().await.unwrap();
    assert!(dump.starts_with('{'), "{dump:.200}");

    let list = paceline(dir.path(), &["keys", "list", "--file", "keys.toml"]).unwrap();
    assert!(
        list.contains("the operator") && list.contains("vehicle v42") && list.lines().count() == 3,
        "{list}"
    );
    let id = operator.split('_').nth(1).unwrap();
    paceline(dir.path(), &["keys", "revoke", "--file", "keys.toml", id]).unwrap();
    let again = paceline(dir.path(), &["keys", "revoke", "--file", "keys.toml", id]).unwrap_err();
    assert_eq!(again, format!("error: keys.toml has no key of id {id}"));
    let revoked = async { while served.client(&operator).world().await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), revoked).await.unwrap();
    let pid = served.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(served.child.wait().unwrap().success());

    let mut written = dump;
    for file in ["log.txt", "audit.jsonl", "keys.toml"] {
        std::fs::File::open(dir.path().join(file)).unwrap().read_to_string(&mut written).unwrap();
    }
    assert!(
        written.contains("a request carries a wrong key") && written.contains("/v1/vehicles/v42/recover")
    );
    for secret in [ADMIN_TOKEN, &operator[16..], &car[16..]] {
        assert!(!written.contains(secret) && !list.contains(secret), "{secret}");
    }
}

#[test]
fn a_key_that_is_for_nobody_in_particular_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let new = |args: &[&str]| {
        paceline(dir.path(), &[&["keys", "new", "--file", "k.toml", "--name", "x"], args].concat())
    };
    let refused = new(&["--role", "vehicle"]).unwrap_err();
    assert!(refused.contains("vehicle is left out: must be given"), "{refused}");
    let refused = new(&["--role", "king"]).unwrap_err();
    assert!(refused.contains("must be one of rider, vehicle, operator, auditor, admin"), "{refused}");
    assert!(!dir.path().join("k.toml").exists());
}
