//! Keys from the command line to the running server and back: made, used, listed, revoked; and no secret in any log or dump.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::common::{ADMIN_TOKEN, Served, paceline};
use paceline_client::ClientTls;
use std::path::Path;
use std::time::Duration;

fn new_key(dir: &Path, args: &[&str]) -> String {
    paceline(dir, &[&["keys", "new", "--file", "keys.toml"], args].concat()).unwrap()
}

#[tokio::test]
async fn a_key_is_made_used_listed_and_revoked_and_no_secret_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let operator = new_key(dir.path(), &["--name", "the operator", "--role", "operator"]);
    let car =
        new_key(dir.path(), &["--name", "car 42", "--role", "vehicle", "--vehicle", "v42", "--days", "7"]);
    // Nobody listens there: what a token says is not believed, and must not be written down all the same.
    let env = [
        ("PACELINE_AUTH__KEYS_FILE", "keys.toml"),
        ("PACELINE_AUTH__OIDC__ISSUER", "http://127.0.0.1:9"),
        ("PACELINE_AUTH__OIDC__AUDIENCE", "dispatch"),
    ];
    let token = "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJhIHJpZGVyIn0.c2VjcmV0LXNpZ25hdHVyZQ";
    let (served, plain) = (Served::start(dir.path(), &env), ClientTls::default());
    assert_eq!(served.client(token, &plain).world().await.unwrap_err().status(), Some(503));
    served.client(&operator, &plain).world().await.unwrap();
    let refused = served.client(&car, &plain).world().await.unwrap_err();
    assert_eq!(refused.status(), Some(403), "{refused}");
    let wrong = format!("{operator}x");
    assert_eq!(served.client(&wrong, &plain).world().await.unwrap_err().status(), Some(401));
    served.client(&car, &plain).recover("v42").await.unwrap_err();
    let dump = served.dump(&plain).await;

    let list = paceline(dir.path(), &["keys", "list", "--file", "keys.toml"]).unwrap();
    assert!(
        list.contains("the operator") && list.contains("vehicle v42") && list.lines().count() == 3,
        "{list}"
    );
    let id = operator.split('_').nth(1).unwrap();
    paceline(dir.path(), &["keys", "revoke", "--file", "keys.toml", id]).unwrap();
    let again = paceline(dir.path(), &["keys", "revoke", "--file", "keys.toml", id]).unwrap_err();
    assert_eq!(again, format!("error: keys.toml has no key of id {id}"));
    let revoked = async { while served.client(&operator, &plain).world().await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), revoked).await.unwrap();
    let keys = std::fs::read_to_string(dir.path().join("keys.toml")).unwrap();
    let written = [dump, served.ended(dir.path()), keys].concat();
    assert!(
        written.contains("a request carries a wrong key") && written.contains("/v1/vehicles/v42/recover")
    );
    for secret in [ADMIN_TOKEN, &operator[16..], &car[16..], &token[37..]] {
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
    assert!(refused.contains("must be one of rider, vehicle, operator, auditor, admin, node"), "{refused}");
    assert!(!dir.path().join("k.toml").exists());
}
