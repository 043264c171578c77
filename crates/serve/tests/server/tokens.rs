//! Tokens of an OpenID Connect issuer over real sockets: whose they are, which are believed, new keys, and an issuer that is down.

use crate::common::{Api, corner, get, guarded, post, running};
use crate::issuer::{SigningKey, TestIssuer, unsigned};
use expect_test::{Expect, expect};
use paceline_api::Role;
use paceline_model::Millis;
use paceline_serve::keys::{KeyRecord, Keys};
use paceline_serve::{AuthOptions, Clock, OidcOptions};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Looks at the issuer as often as tests need it.
fn oidc(issuer: &TestIssuer) -> OidcOptions {
    let often = Millis(200);
    OidcOptions {
        refresh_min: often,
        refresh_every: Millis(400),
        ..OidcOptions::of(&issuer.base(), "dispatch")
    }
}

fn now_s() -> u64 {
    Clock::Real.now().0 / 1_000
}

/// What a token says that is good.
fn claims(issuer: &TestIssuer, more: Value) -> Value {
    let mut claims =
        json!({ "iss": issuer.base(), "aud": "dispatch", "sub": "a test", "exp": now_s() + 600 });
    for (name, value) in more.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

fn with(api: &Api, token: &str) -> Api {
    Api { token: Some(token.to_owned()), ..api.clone() }
}

/// Serves a region that believes `issuer`, and whoever has the admin's key that is given to `talk`.
async fn served(oidc: OidcOptions, dir: &Path, talk: impl AsyncFnOnce(Api, String)) {
    let created = Clock::Real.now();
    let (mut keys, file) = (Keys::default(), dir.join("keys.toml"));
    let key = keys.add(KeyRecord {
        id: String::new(),
        name: "the admin".into(),
        role: Role::Admin,
        regions: Vec::new(),
        vehicle: None,
        node: None,
        requests_per_second: None,
        sha256: String::new(),
        created,
        expires: created + Millis::from_secs(3_600),
    });
    keys.write(&file).expect("it can be written");
    let auth = AuthOptions {
        keys_file: Some(file),
        audit_file: Some(dir.join("audit.jsonl")),
        oidc: Some(oidc),
        ..AuthOptions::default()
    };
    let server = guarded(auth, &dir.join("journal")).await.expect("it can be served");
    let key = key.expect("it can be made").reveal().to_owned();
    let ((), summary) = running(server, async |api| talk(api, key).await).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
}

/// A journal's directory, an issuer, and a key that it shows.
async fn believed() -> (tempfile::TempDir, TestIssuer, SigningKey) {
    let (issuer, key) = (TestIssuer::start().await, SigningKey::es256("one"));
    issuer.show(&[&key]);
    (tempfile::tempdir().expect("a temporary directory"), issuer, key)
}

#[tokio::test]
async fn every_route_lets_in_by_token_whom_the_table_names() {
    let (dir, issuer, key) = believed().await;
    served(oidc(&issuer), dir.path(), async |api, _| {
        let by_token = |role: Role| {
            let said = claims(&issuer, json!({ "role": role.as_str(), "vehicle": "v1" }));
            (role, with(&api, &key.sign(&said)))
        };
        // A node says who it is by a key or a certificate.
        let of_roles: Vec<_> =
            Role::ALL.into_iter().filter(|role| *role != Role::Node).map(by_token).collect();
        let said = by_token(Role::Node).1.say(get("/v1/world")).await.to_string();
        assert!(said.starts_with("403 E0608 ") && said.contains("its role is node"), "{said}");
        of_roles[1].1.vehicle("v1", corner(0, 0)).await;
        crate::walk::every_route(&api, &of_roles).await;
        let said = of_roles[1].1.say(post("/v1/vehicles/v2/recover", json!({}))).await;
        expect!["403 E0608 token a test speaks for vehicle v1 only, and not for v2."]
            .assert_eq(&said.to_string());
    })
    .await;
    let trail = std::fs::read_to_string(dir.path().join("audit.jsonl")).expect("it is there");
    assert!(
        trail.contains("\"who\":\"token a test\",\"role\":\"vehicle\"") && !trail.contains("eyJ"),
        "{trail}"
    );
}

#[tokio::test]
async fn a_token_is_believed_by_each_algorithm_that_is_taken_and_by_no_other() {
    let (dir, issuer, es) = believed().await;
    let (rs, ed) = (SigningKey::rs256("rsa"), SigningKey::ed_dsa("ed"));
    issuer.show(&[&es, &rs, &ed]);
    let few = OidcOptions {
        algorithms: vec![paceline_serve::TokenAlgorithm::Rs256, paceline_serve::TokenAlgorithm::Es256],
        ..oidc(&issuer)
    };
    served(few, dir.path(), async |api, _| {
        let said = claims(&issuer, json!({ "role": "auditor" }));
        for key in [&es, &rs] {
            with(&api, &key.sign(&said)).must(get("/v1/world")).await;
        }
        let refused = with(&api, &ed.sign(&said)).say(get("/v1/world")).await;
        expect!["401 E0602 This token is signed by EdDSA, which is not taken here."]
            .assert_eq(&refused.to_string());
    })
    .await;
    served(oidc(&issuer), dir.path(), async |api, _| {
        let said = claims(&issuer, json!({ "role": "auditor" }));
        with(&api, &ed.sign(&said)).must(get("/v1/world")).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_quite_right_is_refused_and_says_why() {
    let (dir, issuer, key) = believed().await;
    let other = SigningKey::es256("one");
    served(oidc(&issuer), dir.path(), async |api, _| {
        let check = async |token: String, expected: Expect| {
            expected.assert_eq(&with(&api, &token).say(get("/v1/world")).await.to_string());
        };
        let of = |more: Value| claims(&issuer, more);
        let admin = of(json!({ "role": "admin" }));
        with(&api, &key.sign(&admin)).must(get("/v1/world")).await;
        // The clocks may differ a little.
        with(&api, &key.sign(&of(json!({ "role": "admin", "exp": now_s() - 10 }))))
            .must(get("/v1/world"))
            .await;
        let signed = |more: Value| key.sign(&of(more));
        check(
            signed(json!({ "role": "admin", "exp": now_s() - 60 })),
            expect!["401 E0602 This token has expired."],
        )
        .await;
        check(
            signed(json!({ "role": "admin", "nbf": now_s() + 300 })),
            expect!["401 E0602 This token is not good yet."],
        )
        .await;
        check(
            signed(json!({ "role": "admin", "aud": "other" })),
            expect!["401 E0602 This token is for another audience."],
        )
        .await;
        check(
            signed(json!({ "role": "admin", "iss": "http://127.0.0.1:1" })),
            expect!["401 E0602 This token is of another issuer."],
        )
        .await;
        let mut endless = admin.clone();
        endless.as_object_mut().expect("an object").remove("exp");
        check(key.sign(&endless), expect!["401 E0602 This token has no claim exp."]).await;
        check(other.sign(&admin), expect!["401 E0602 This token is not signed by its issuer's key."]).await;
        let unknown = SigningKey::es256("unknown").sign(&admin);
        check(unknown, expect!["401 E0602 This token is signed by a key that its issuer does not show."])
            .await;
        let none = unsigned(&json!({ "alg": "none", "kid": "one" }), &admin) + ".";
        check(none, expect!["401 E0602 This token has no head that says by which algorithm it is signed."])
            .await;
        let hmac = unsigned(&json!({ "alg": "HS256", "kid": "one" }), &admin) + ".c2lnbmF0dXJl";
        check(hmac, expect!["401 E0602 This token is signed by HS256, which is not taken here."]).await;
        let rsa = unsigned(&json!({ "alg": "RS256", "kid": "one" }), &admin) + ".c2lnbmF0dXJl";
        check(rsa, expect!["401 E0602 This token is signed by a key that its issuer does not show."]).await;
        let large = signed(json!({ "role": "admin", "more": "x".repeat(9_000) }));
        check(large, expect!["401 E0602 This token has more than 8192 bytes."]).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_believed_opens_no_more_than_it_says() {
    let (dir, issuer, key) = believed().await;
    served(oidc(&issuer), dir.path(), async |api, _| {
        let signed = |more: Value| key.sign(&claims(&issuer, more));
        let check = async |token: String, expected: Expect| {
            expected.assert_eq(&with(&api, &token).say(get("/v1/world")).await.to_string());
        };
        check(
            signed(json!({})),
            expect!["403 E0608 This token is good, and its claim role names no role of this server."],
        )
        .await;
        check(
            signed(json!({ "role": "vehicle" })),
            expect![
                "403 E0608 This token is good, and its role is vehicle, and its claim vehicle names none."
            ],
        )
        .await;
        check(
            signed(json!({ "role": "operator", "regions": ["east"] })),
            expect!["403 E0608 token a test may not ask region main."],
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn new_keys_are_taken_as_they_come_and_a_flood_of_unknown_ones_asks_the_issuer_rarely() {
    let (dir, issuer, old) = believed().await;
    let new = SigningKey::ed_dsa("two");
    let slow = OidcOptions { refresh_min: Millis(1_000), refresh_every: Millis(3_000), ..oidc(&issuer) };
    served(slow, dir.path(), async |api, _| {
        let said = claims(&issuer, json!({ "role": "auditor" }));
        let (by_old, by_new) = (with(&api, &old.sign(&said)), with(&api, &new.sign(&said)));
        by_old.must(get("/v1/world")).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        issuer.show(&[&old, &new]);
        by_new.must(get("/v1/world")).await;
        let before = issuer.asked();
        let flood = SigningKey::es256("unknown").sign(&said);
        let flood = with(&api, &flood);
        for _ in 0..4 {
            assert_eq!(flood.send(get("/v1/world")).await.status(), 401);
        }
        assert!(issuer.asked() <= before + 3, "{} times in two seconds", issuer.asked() - before);
        issuer.show(&[&new]);
        let gone = async { while by_old.send(get("/v1/world")).await.status() != 401 {} };
        tokio::time::timeout(Duration::from_secs(10), gone).await.expect("what is no longer shown ends");
        by_new.must(get("/v1/world")).await;
    })
    .await;
}

#[tokio::test]
async fn an_issuer_that_is_down_costs_tokens_and_nobody_else() {
    let (dir, issuer, key) = believed().await;
    issuer.set_up(false);
    served(oidc(&issuer), dir.path(), async |api, admin| {
        let said = claims(&issuer, json!({ "role": "auditor" }));
        let (token, admin) = (with(&api, &key.sign(&said)), with(&api, &admin));
        admin.must(get("/v1/world")).await;
        let refused = token.say(get("/v1/world")).await;
        let shown = refused.to_string().replace(&issuer.base(), "ISSUER");
        expect!["503 E0308 Tokens cannot be judged now, as their issuer cannot be asked: ISSUER/.well-known/openid-configuration answers 502 Bad Gateway."]
            .assert_eq(&shown);
        assert_eq!(refused.retry_after.as_deref(), Some("10"));
        let ready = async || api.must(get("/readyz")).await.to_string();
        assert_eq!(ready().await, "\"ready; the issuer of tokens has not shown its keys: tokens are refused\"");
        issuer.set_up(true);
        let back = async { while token.send(get("/v1/world")).await.status() != 200 {} };
        tokio::time::timeout(Duration::from_secs(5), back).await.expect("it has come back");
        assert_eq!(ready().await, "\"ready\"");
        issuer.set_up(false);
        let noticed = async { while ready().await == "\"ready\"" {} };
        tokio::time::timeout(Duration::from_secs(5), noticed).await.expect("it is down again");
        assert_eq!(ready().await, "\"ready; the issuer of tokens does not answer: its keys of before hold\"");
        token.must(get("/v1/world")).await;
        let unknown = with(&api, &SigningKey::es256("two").sign(&said)).say(get("/v1/world")).await;
        assert_eq!(unknown.status, 503, "it may be a new key: {unknown}");
        let metrics = admin.must(get("/metrics")).await.to_string();
        assert!(metrics.contains("paceline_oidc_keys 1") && !metrics.contains("oidc_refreshes_total{result=\\\"Failed\\\"} 0"), "{metrics}");
    })
    .await;
}

#[tokio::test]
async fn keys_are_taken_from_the_issuer_alone_and_over_no_open_network() {
    for (name, keys, expected) in [
        (
            "http://127.0.0.1:1",
            "ISSUER/keys",
            expect![
                "503 E0308 Tokens cannot be judged now, as their issuer cannot be asked: ISSUER/.well-known/openid-configuration is about another issuer, http://127.0.0.1:1."
            ],
        ),
        (
            "ISSUER",
            "http://192.0.2.1/keys",
            expect![
                "503 E0308 Tokens cannot be judged now, as their issuer cannot be asked: ISSUER/.well-known/openid-configuration names keys at http://192.0.2.1/keys, which is neither https:// nor loopback."
            ],
        ),
    ] {
        let (dir, issuer, key) = believed().await;
        let of = |text: &str| text.replace("ISSUER", &issuer.base());
        issuer.lie(&of(name), &of(keys));
        served(oidc(&issuer), dir.path(), async |api, _| {
            let token = key.sign(&claims(&issuer, json!({ "role": "admin" })));
            let said = with(&api, &token).say(get("/v1/world")).await.to_string();
            expected.assert_eq(&said.replace(&issuer.base(), "ISSUER"));
        })
        .await;
    }
}
