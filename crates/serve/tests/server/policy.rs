//! Policies of a running server: read again on request, refused without harm, and shadowed.

use crate::common::{Api, corner, get, options, order, post, with_admin_after};
use expect_test::{Expect, expect};
use paceline_engine::FleetOptions;
use paceline_plan::PolicySpec;
use paceline_serve::ReloadError;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What a test writes and the server reads again.
type File = Arc<Mutex<String>>;

async fn with_file<T>(talk: impl AsyncFnOnce(Api, Api, File) -> T) -> T {
    let file = File::default();
    let read = file.clone();
    let prepare = move |server: paceline_serve::Server| {
        server.with_reload(Arc::new(move || {
            let text = read.lock().expect("nobody panicked").clone();
            serde_json::from_str(&text).map_err(|error| ReloadError::Unreadable(error.to_string()))
        }))
    };
    with_admin_after(options(), prepare, async |api, admin| talk(api, admin, file).await).await
}

fn write(file: &File, options: &FleetOptions) {
    *file.lock().expect("nobody panicked") = serde_json::to_string(options).expect("it can be written");
}

fn run_by(policy: &str) -> FleetOptions {
    let policy = PolicySpec::parse(policy).expect("a policy of that name");
    FleetOptions { policy, ..FleetOptions::default() }
}

async fn now(api: &Api) -> Value {
    api.must(get("/v1/policy")).await["now"].clone()
}

#[tokio::test]
async fn a_policy_that_is_read_again_decides_the_next_orders_and_is_in_the_journal() {
    with_file(async |api, admin, file| {
        assert_eq!(now(&api).await, json!(["least-wait"]));
        write(&file, &run_by("nearest"));
        let told = admin.must(post("/v1/admin/reload", json!(null))).await;
        assert_eq!(told["regions"], json!([{ "region": "main", "changed": true, "version": 1 }]));
        assert_eq!(now(&api).await, json!(["nearest"]));
        api.vehicle("v1", corner(2, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        let why = api.must(get("/v1/orders/o1/explain")).await;
        assert_eq!(why["weighing"]["policy"], "nearest");
        let again = admin.must(post("/v1/admin/reload", json!(null))).await;
        assert_eq!(again["changed"], false, "it is the same");
        let figures = api.must(get("/metrics")).await.to_string();
        for line in ["Adopted\\\"} 1", "Unchanged\\\"} 1", "Refused\\\"} 0"] {
            let line = format!("options_reloads_total{{region=\\\"main\\\",result=\\\"{line}");
            assert!(figures.contains(&line), "{figures}");
        }
    })
    .await;
}

async fn refused(text: &str, expected: Expect) {
    with_file(async |api, admin, file| {
        *file.lock().expect("nobody panicked") = text.to_owned();
        let said = admin.say(post("/v1/admin/reload", json!(null))).await;
        expected.assert_eq(&said.to_string());
        assert_eq!(now(&api).await, json!(["least-wait"]), "the old policy stays");
        assert_eq!(api.must(get("/v1/world")).await["version"], 0, "and nothing is in the journal");
        assert!(api.must(get(said.body["type"].as_str().expect("a page"))).await.is_string());
    })
    .await;
}

#[tokio::test]
async fn a_policy_that_breaks_a_rule_changes_nothing() {
    refused(
        r#"{"policy": {"candidates": 0}}"#,
        expect!["422 E0101 policy.candidates is 0: must lie within 1 and 200"],
    )
    .await;
}

#[tokio::test]
async fn a_field_that_does_not_exist_changes_nothing() {
    with_file(async |api, admin, file| {
        *file.lock().expect("nobody panicked") = r#"{"policy": {"candidate": 7}}"#.to_owned();
        let said = admin.say(post("/v1/admin/reload", json!(null))).await.to_string();
        let named = "422 E0606 unknown field `candidate`, expected one of `kind`, `weights`, `candidates`, ";
        assert!(said.starts_with(named), "{said}");
        assert_eq!(now(&api).await, json!(["least-wait"]), "the old policy stays");
    })
    .await;
}

#[tokio::test]
async fn a_server_without_a_configuration_says_that_it_has_none() {
    with_admin_after(
        options(),
        |server| server,
        async |_, admin| {
            let said = admin.say(post("/v1/admin/reload", json!(null))).await;
            let expected =
                "501 E0606 This server was started without a configuration that could be read again.";
            assert_eq!(said.to_string(), expected);
        },
    )
    .await;
}

#[tokio::test]
async fn nobody_without_the_token_changes_a_policy() {
    with_file(async |api, mut admin, file| {
        write(&file, &run_by("nearest"));
        admin.token = None;
        assert_eq!(admin.say(post("/v1/admin/reload", json!(null))).await.status.as_u16(), 401);
        assert_eq!(api.say(post("/v1/admin/reload", json!(null))).await.status.as_u16(), 404);
        assert_eq!(now(&api).await, json!(["least-wait"]));
    })
    .await;
}

/// The shadow's account, once it has compared a round in which an order was given away.
async fn compared(api: &Api) -> Value {
    for _ in 0..500 {
        let shadow = api.must(get("/v1/policy")).await["shadow"].clone();
        if shadow["total"]["live"]["orders"] == 1 {
            return shadow;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the shadow never compared a round: {}", api.must(get("/v1/policy")).await)
}

#[tokio::test]
async fn a_shadow_says_what_it_would_have_done_and_does_nothing() {
    with_file(async |api, admin, file| {
        assert_eq!(api.must(get("/v1/policy")).await["shadow"], Value::Null);
        let nobody = PolicySpec { pickup_time_max: paceline_model::Millis(1), ..PolicySpec::default() };
        write(&file, &FleetOptions { shadow_policy: Some(nobody), ..FleetOptions::default() });
        admin.must(post("/v1/admin/reload", json!(null))).await;
        api.vehicle("v1", corner(0, 0)).await;
        api.must(post("/v1/orders", order("o1"))).await;
        api.until("/v1/orders/o1", "phase", "assigned").await;
        let shadow = compared(&api).await;
        assert_eq!(shadow["policy"], "least-wait");
        let total = &shadow["total"];
        assert_eq!((&total["live_only"], &total["shadow_only"]), (&json!(1), &json!(0)), "{shadow}");
        assert!(total["live"]["pickup_s"].as_f64().is_some_and(|drive| drive > 0.0), "{shadow}");
        assert_eq!(total["shadow"]["orders"], 0);
        let figures = api.must(get("/metrics")).await.to_string();
        assert!(
            figures.contains("shadow_orders_total{region=\\\"main\\\",verdict=\\\"LiveOnly\\\"} 1"),
            "{figures}"
        );
    })
    .await;
}
