//! TLS from the configuration to the commands that ask by it; and no private key in any log or dump.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::authority::{Authority, Pair};
use crate::common::{ADMIN_TOKEN, Served, paceline};
use paceline_client::ClientTls;
use std::path::Path;

/// What configures both listeners with a pair in `dir`.
fn env() -> [(&'static str, &'static str); 4] {
    [
        ("PACELINE_SERVE__TLS__CERTIFICATE_FILE", "server.pem"),
        ("PACELINE_SERVE__TLS__KEY_FILE", "server.key"),
        ("PACELINE_ADMIN__TLS__CERTIFICATE_FILE", "server.pem"),
        ("PACELINE_ADMIN__TLS__KEY_FILE", "server.key"),
    ]
}

/// What a server that is run to its end says.
fn refused(dir: &Path, env: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_paceline"));
    let roads = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/manhattan/network.json.gz");
    command.args(["serve", "--listen", "127.0.0.1:0", "--journal", "journal", "--roads", roads]);
    let output = command.current_dir(dir).envs(env.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn both_listeners_speak_tls_and_commands_ask_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Test CA");
    let ca_file = Some(authority.file(dir.path(), "ca.pem"));
    let Pair { key, .. } = authority.server(dir.path(), "server");
    std::fs::write(dir.path().join("token"), ADMIN_TOKEN).unwrap();
    let served = Served::start(dir.path(), &env());
    assert!(served.base.starts_with("https://") && served.admin.starts_with("https://"), "{}", served.base);
    let tls = ClientTls { ca_file, identity: None };
    served.client("none is asked for", &tls).world().await.unwrap();
    let dump = served.dump(&tls).await;
    let doctor = |args: &[&str]| {
        let target = ["doctor", "--url", &served.admin, "--token-file", "token"];
        paceline(dir.path(), &[&target, args].concat())
    };
    let said = doctor(&["--ca", "ca.pem"]).unwrap();
    assert!(!said.is_empty(), "it examines the server");
    let said = doctor(&[]).unwrap_err();
    assert!(said.contains("does not answer") || said.contains("authorities"), "{said}");
    let said = doctor(&["--ca", "server.key"]).unwrap_err();
    assert!(said.contains("E0613 cannot use server.key: must have a certificate in PEM"), "{said}");

    let written = dump + &served.ended(dir.path());
    let secret = std::fs::read_to_string(key).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(written.contains("handshake") && secret.len() > 40, "the log says a lot");
    assert!(!written.contains(secret) && !written.contains(ADMIN_TOKEN));
}

#[test]
fn a_pair_that_cannot_be_used_is_refused_by_file_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("Test CA");
    authority.server(dir.path(), "server");
    authority.server(dir.path(), "other");
    let certificate = ("PACELINE_SERVE__TLS__CERTIFICATE_FILE", "server.pem");
    let said = refused(dir.path(), &[certificate, ("PACELINE_SERVE__TLS__KEY_FILE", "other.key")]);
    let rule = "E0613 cannot use other.key: must be the key of the first certificate in server.pem";
    assert!(said.contains(rule), "{said}");
    let said = refused(dir.path(), &[certificate]);
    assert!(said.contains("missing field `key_file`"), "{said}");
}
