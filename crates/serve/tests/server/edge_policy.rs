//! What an edge region places by, while it runs: read again on request, refused without harm, and shadowed.

use crate::common::{Api, edge_spec, get, model, node, options, placed, post, put, running, workload};
use paceline_serve::{AdminOptions, AdminToken, AuthOptions, Clock, ReloadError, Server};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const TOKEN: &str = "0123456789abcdef";

/// What a test writes and the server reads again.
type File = Arc<Mutex<String>>;

/// Two nodes of which the first draws much and the second little, and a model.
async fn with_two_nodes(talk: impl AsyncFnOnce(Api, Api, File)) {
    let (dir, file) = (tempfile::tempdir().expect("a directory"), File::default());
    let (read, mut spec) = (file.clone(), edge_spec(dir.path()));
    spec.read_options = Some(Arc::new(move || {
        let text = read.lock().expect("nobody panicked").clone();
        serde_json::from_str(&text).map_err(|error| ReloadError::Unreadable(error.to_string()))
    }));
    let admin = AdminOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        token: Some(AdminToken::new(TOKEN).expect("a token")),
        ..AdminOptions::default()
    };
    let server =
        Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.expect("it can be served");
    let server = server.with_admin(&admin).await.expect("it can be bound");
    let mut operator = Api::at(server.admin_url().expect("it is bound"));
    operator.token = Some(TOKEN.into());
    let (_, summary) = running(server, async |api| {
        api.must(put("/v1/models/detector", model())).await;
        for (name, product) in [("n1", "A100"), ("n2", "T4")] {
            let mut spec = node(&format!("GPU-{name}"));
            spec["devices"][0]["product"] = json!(product);
            api.must(put(&format!("/v1/nodes/{name}"), spec)).await;
        }
        talk(api, operator, file).await;
    })
    .await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
}

fn write(file: &File, options: Value) {
    *file.lock().expect("nobody panicked") = options.to_string();
}

#[tokio::test]
async fn weights_that_are_read_again_place_the_next_replica() {
    with_two_nodes(async |api, admin, file| {
        assert_eq!(api.must(get("/v1/placement-policy")).await["now"], json!(["own 1, power 10"]));
        write(&file, json!({ "placement": { "packing": 1 } }));
        let told = admin.must(post("/v1/admin/reload", json!(null))).await;
        assert_eq!(told["changed"], true);
        assert_eq!(api.must(get("/v1/placement-policy")).await["now"], json!(["packing 1"]));
        api.must(put("/v1/workloads/w", workload(400))).await;
        assert_eq!(placed(&api, "w-0").await, "n1", "by the usual weights n2, which draws less");
        write(&file, json!({ "placement": { "power": 1 } }));
        admin.must(post("/v1/admin/reload", json!(null))).await;
        api.must(put("/v1/workloads/v", workload(700))).await;
        placed(&api, "v-0").await;
        let why = api.must(get("/v1/placements/v-0/explain")).await;
        assert!(why["scored_by"].as_str().is_some_and(|by| by.starts_with("power 1 (power -")), "{why}");
        assert_eq!(admin.must(post("/v1/admin/reload", json!(null))).await["changed"], false);
    })
    .await;
}

#[tokio::test]
async fn a_file_with_a_mistake_changes_nothing() {
    with_two_nodes(async |api, admin, file| {
        for (options, said) in [
            (
                json!({ "placement": { "power": 1_001 } }),
                "422 E0101 placement.power is 1001: must lie within 0 and 1000",
            ),
            (
                json!({ "placement": {} }),
                "422 E0101 placement is nothing: must weigh one score at least, such as own = 1",
            ),
            (json!({ "placement": { "powr": 1 } }), "422 E0606 score is powr: must be one of own, offcut,"),
        ] {
            write(&file, options);
            let answer = admin.say(post("/v1/admin/reload", json!(null))).await.to_string();
            assert!(answer.starts_with(said), "{answer}");
            assert_eq!(api.must(get("/v1/placement-policy")).await["now"], json!(["own 1, power 10"]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_shadow_says_where_it_would_have_placed_and_places_nothing() {
    with_two_nodes(async |api, admin, file| {
        assert_eq!(api.must(get("/v1/placement-policy")).await["shadow"], Value::Null);
        write(&file, json!({ "placement": { "packing": 1 }, "shadow_placement": { "power": 1 } }));
        admin.must(post("/v1/admin/reload", json!(null))).await;
        api.must(put("/v1/workloads/w", workload(400))).await;
        assert_eq!(placed(&api, "w-0").await, "n1");
        let mut shadow = Value::Null;
        for _ in 0..500 {
            shadow = api.must(get("/v1/placement-policy")).await["shadow"].clone();
            if shadow["total"]["live"]["replicas"] == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(
            (&shadow["weights"], &shadow["total"]["other_node"]),
            (&json!("power 1"), &json!(1)),
            "{shadow}"
        );
        let watts = |side: &str| shadow["total"][side]["watts"].as_u64().expect("a number");
        assert_eq!(watts("live") - watts("shadow"), 290, "350 W of an A100 and 60 W of a T4");
        let figures = api.must(get("/metrics")).await.to_string();
        let line = "shadow_replicas_total{region=\\\"main\\\",verdict=\\\"OtherNode\\\"} 1";
        assert!(figures.contains(line), "{figures}");
        assert_eq!(placed(&api, "w-0").await, "n1", "nothing of it is applied");
    })
    .await;
}
