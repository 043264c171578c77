//! An edge region over real HTTP: placed, moved, explained, listed, streamed, and there again after a restart.

use crate::common::events::Events;
use crate::common::{Api, delete, get, model, node, placed, post, put, with_edge, workload};
use serde_json::{Value, json};

async fn fleet_of(api: &Api, nodes: u32) {
    api.must(put("/v1/models/detector", model())).await;
    for number in 0..nodes {
        let mut spec = node(&format!("GPU-{number}"));
        spec["place"] = json!({ "zone": if number % 2 == 0 { "even" } else { "odd" } });
        api.must(put(&format!("/v1/nodes/n{number}"), spec)).await;
    }
}

fn hot(node: &str, celsius: f64) -> Value {
    json!([{ "node": node, "temperatures": [{ "sensor": "gpu", "celsius": celsius, "watts": 250.0 }] }])
}

#[tokio::test]
async fn a_workload_is_placed_moves_from_heat_and_says_why() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 2).await;
        let mut stream = Events::open(&api, Some(0)).await;
        api.must(put("/v1/workloads/w", workload(1_000)).key("k1")).await;
        let first = placed(&api, "w-0").await;
        api.must(post("/v1/nodes/telemetry", hot(&first, 91.0))).await;
        let mut kinds: Vec<String> = Vec::new();
        while kinds.last().is_none_or(|kind| kind != "replica_moved") {
            let told = stream.next().await.expect("the stream goes on");
            kinds.extend(told.data["event"].as_object().into_iter().flat_map(|event| event.keys().cloned()));
        }
        assert!(kinds.iter().any(|kind| kind == "condition_began"), "{kinds:?}");
        let second = placed(&api, "w-0").await;
        assert_ne!(first, second);
        let why = api.must(get("/v1/placements/w-0/explain")).await;
        let by = why["scored_by"].as_str().expect("it says by what");
        assert!(by.starts_with("own 1, power 10 (offcut "), "{by}");
        let hot = api.must(get("/v1/nodes?condition=hot")).await;
        assert_eq!(hot.as_array().map(|rows| rows[0]["id"].clone()), Some(json!(first)));
        assert_eq!(hot[0]["running"], 0);
    })
    .await;
}

#[tokio::test]
async fn what_finds_no_node_says_how_many_each_rule_took_out() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 3).await;
        api.must(post("/v1/nodes/n0/cordon", json!({}))).await;
        let mut wide = workload(1_000);
        (wide["gpus"], wide["replicas"]) = (json!(2), json!(1));
        api.must(put("/v1/workloads/wide", wide)).await;
        let why = loop {
            let why = api.must(get("/v1/placements/wide-0/explain")).await;
            if !why["considered"].is_null() {
                break why;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        };
        let counts =
            json!([{ "rule": "unschedulable", "nodes": 1 }, { "rule": "devices", "nodes": 2 }]);
        assert_eq!(why["excluded"], counts);
        let words = "wide-0 has no node: of 3 nodes: 1 cordoned or drained, 2 with fewer serving GPUs than are \
                     asked for.";
        assert_eq!(why["words"], words);
    })
    .await;
}

#[tokio::test]
async fn more_important_work_takes_the_place_of_less_and_both_say_so() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 1).await;
        let of = |priority: i32| {
            let mut wanted = workload(1_000);
            (wanted["priority"], wanted["replicas"]) = (json!(priority), json!(1));
            wanted
        };
        api.must(put("/v1/workloads/low", of(1))).await;
        placed(&api, "low-0").await;
        let mut stream = Events::open(&api, Some(0)).await;
        api.must(put("/v1/workloads/high", of(9))).await;
        assert_eq!(placed(&api, "high-0").await, "n0");
        let made = loop {
            let told = stream.next().await.expect("the stream goes on");
            if let Some(made) = told.data["event"].get("room_made") {
                break made.clone();
            }
        };
        let expected = json!({ "placement": "high-0", "priority": 9, "moved": [], "evicted": ["low-0"] });
        assert_eq!(made, expected);
        let why = api.must(get("/v1/placements/high-0/explain")).await;
        assert_eq!((&why["evicted_for_it"], &why["gave_way_to"]), (&json!(["low-0"]), &Value::Null));
        let why = api.must(get("/v1/placements/low-0/explain")).await;
        assert_eq!(why["gave_way_to"], "high-0", "{why}");
    })
    .await;
}

#[tokio::test]
async fn lists_go_on_where_they_ended_and_keep_to_their_filters() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 5).await;
        let mut many = workload(100);
        many["replicas"] = json!(12);
        api.must(put("/v1/workloads/many", many)).await;
        placed(&api, "many-11").await;
        let names = |rows: &Value| -> Vec<String> {
            let rows = rows.as_array().expect("a list").iter();
            rows.map(|row| row["id"].as_str().expect("a name").to_owned()).collect()
        };
        let odd = names(&api.must(get("/v1/nodes?zone=odd")).await);
        assert_eq!(odd, ["n1", "n3"]);
        let (mut seen, mut query) = (Vec::new(), "limit=5".to_owned());
        loop {
            let answer = api.send(get(&format!("/v1/placements?{query}"))).await;
            let next = answer.headers().get("link").and_then(|link| link.to_str().ok()).map(str::to_owned);
            seen.extend(names(&answer.json().await.expect("JSON")));
            let Some(link) = next else { break };
            query = link.trim_start_matches("<?").split('>').next().unwrap_or_default().to_owned();
        }
        let all: Vec<String> = (0..12).map(|ordinal| format!("many-{ordinal}")).collect();
        assert_eq!(seen, all);
        for other in ["few", "zero"] {
            api.must(put(&format!("/v1/workloads/{other}"), workload(100))).await;
            placed(&api, &format!("{other}-0")).await;
        }
        let after =
            async |at| names(&api.must(get(&format!("/v1/placements?workload=many&after={at}"))).await);
        assert_eq!(after("few-0").await, all, "one before them");
        assert_eq!(after("many-9").await, all[10..]);
        assert!(after("zero-0").await.is_empty(), "one behind them");
        assert!(names(&api.must(get("/v1/placements?phase=pending")).await).is_empty());
        for (path, code) in
            [("nodes?condition=cold", "E0101"), ("placements?after=x", "E0101"), ("models?zone=a", "E0103")]
        {
            let said = api.say(get(&format!("/v1/{path}"))).await;
            assert_eq!(said.body["code"], code, "{path}: {said}");
        }
    })
    .await;
}

/// The files of a journal, and what is in them.
fn files(dir: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(&path).expect("a file")))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn asking_what_would_become_of_a_workload_changes_nothing_and_says_what_would_help() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 2).await;
        api.must(put("/v1/workloads/low", workload(700))).await;
        let on = placed(&api, "low-0").await;
        // The region has said so itself; the lists are read of what it tells, and may be a moment behind.
        while api.must(get("/v1/placements")).await[0]["phase"] != "placed" {}
        let standing = async || (api.must(get("/v1/placements")).await, api.must(get("/v1/workloads")).await);
        let (before, journal) = (standing().await, files(dir.path()));
        let mut wanted = workload(600);
        wanted["replicas"] = json!(2);
        let said = api.must(post("/v1/placements/what-if", wanted.clone())).await;
        let other = if on == "n0" { "n1" } else { "n0" };
        assert_eq!(said["replicas"][0]["bound"]["node"], other, "{said}");
        assert_eq!(
            said["replicas"][1]["excluded"],
            json!([{ "rule": "device_capacity", "nodes": 2 }]),
            "{said}"
        );
        assert_eq!(said["help"]["number"], 1, "{said}");
        let remedies = said["help"]["remedies"].as_array().expect("a list").clone();
        let change = |name: &str| remedies.iter().find_map(|one| one["change"].get(name)).cloned();
        assert_eq!(change("priority").map(|of| of["priority"].clone()), Some(json!(1)), "{remedies:?}");
        let more = change("more").expect("so much more helps");
        assert_eq!(more["shares"][0]["milli_gpu"], 200, "{more}");
        wanted["priority"] = json!(1);
        let said = api.must(post("/v1/placements/what-if", wanted.clone())).await;
        let displaced = json!([{ "placement": "low-0", "priority": 0, "from": on, "to": null }]);
        assert_eq!((&said["replicas"][1]["room"], &said["help"]), (&displaced, &json!(null)));
        assert!(!journal.is_empty());
        assert_eq!((standing().await, files(dir.path())), (before, journal), "nothing has changed");

        wanted["priority"] = json!(0);
        api.must(put("/v1/workloads/w", wanted)).await;
        placed(&api, "w-0").await;
        let waits = api.until("/v1/placements/w-1/explain", "considered", 2).await;
        assert_eq!(waits["help"], json!(null), "it was not asked");
        let helped = api.must(get("/v1/placements/w-1/explain?remedies=true")).await;
        assert_eq!(helped["help"]["remedies"], json!(remedies));
        let stands = api.must(get("/v1/placements/w-0/explain?remedies=true")).await;
        assert_eq!(stands["help"], json!(null), "it has a node");
    })
    .await;
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_names_field_value_and_rule() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 1).await;
        let of = |field: &str, value: Value| {
            let mut body = workload(500);
            body[field] = value;
            post("/v1/placements/what-if", body)
        };
        for (call, words) in [
            (of("replicas", json!(0)), "422 E0101 replicas is 0: must lie within 1 and 10000"),
            (of("replicas", json!(1_001)), "422 E0101 replicas is 1001: must lie within 1 and 1000"),
            (of("gpus", json!(17)), "422 E0101 requests.gpus is 17: must lie within 0 and 16"),
            (of("model", json!("none")), "404 E0201 no model is called none"),
        ] {
            assert_eq!(api.say(call).await.to_string(), words);
        }
        for call in [
            of("nodes", json!(1)),
            get("/v1/placements/w-0/explain?remedies=maybe"),
            get("/v1/placements/w-0/explain?remedy=true"),
        ] {
            let said = api.say(call).await;
            assert_eq!(said.body["code"], "E0103", "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_questions_at_once_some_are_answered_and_the_others_told_to_come_back() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 2).await;
        let mut many = workload(500);
        many["replicas"] = json!(1_000);
        let asked = (0..100).map(|_| api.say(post("/v1/placements/what-if", many.clone())));
        let said = futures_util::future::join_all(asked).await;
        let busy: Vec<_> = said.iter().filter(|said| said.status != 200).collect();
        assert!(!busy.is_empty() && busy.len() < said.len(), "{} of {}", busy.len(), said.len());
        for said in busy {
            assert_eq!((said.status.as_u16(), said.retry_after.as_deref()), (429, Some("1")), "{said}");
            assert_eq!(said.body["code"], "E0302", "{said}");
        }
        api.must(post("/v1/placements/what-if", many)).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_placed_is_there_after_a_restart_and_a_key_answers_twice_alike() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = with_edge(dir.path(), async |api| {
        fleet_of(&api, 2).await;
        let put_once = || put("/v1/workloads/w", workload(600)).key("once");
        let first = api.must(put_once()).await;
        placed(&api, "w-0").await;
        assert_eq!(api.must(put_once()).await, first);
        api.must(get("/v1/placements")).await
    })
    .await;
    with_edge(dir.path(), async |api| {
        assert_eq!(api.must(get("/v1/placements")).await, before);
        let refused = api.say(delete("/v1/models/detector")).await;
        assert_eq!(refused.body["code"], "E0501", "{refused}");
    })
    .await;
}

#[tokio::test]
async fn bad_input_names_field_value_and_rule_and_nothing_of_it_is_taken() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 1).await;
        let set = |mut body: Value, field: &str, value: Value| {
            body[field] = value;
            body
        };
        let asks = [
            (
                put("/v1/nodes/n", set(node("GPU-x"), "cuda", json!("twelve"))),
                "cuda is twelve: must be one to three",
            ),
            (
                put("/v1/nodes/n", set(node("GPU-x"), "labels", json!({ "a b": "c" }))),
                "labels is a b: must be a label",
            ),
            (
                put("/v1/nodes/n", set(node("GPU-x"), "battery_reserve_percent", json!(101))),
                "battery_reserve_percent is 101: must lie within 0 and 100",
            ),
            (
                put("/v1/workloads/w", set(workload(500), "gpus", json!(2))),
                "requests.milli_gpu is 500: must be 1000",
            ),
            (
                put("/v1/workloads/w", set(workload(500), "version", json!("new"))),
                "version is new: must be a requirement",
            ),
            (
                put("/v1/workloads/w", set(workload(500), "replicas", json!(0))),
                "replicas is 0: must lie within 1",
            ),
            (
                post("/v1/nodes/telemetry", json!([{ "node": "n0" }, { "node": "no name" }])),
                "[1].node is no name: may hold only",
            ),
        ];
        for (call, said) in asks {
            let answer = api.say(call).await;
            let detail = answer.body["detail"].as_str().unwrap_or_default().to_owned();
            assert!(answer.body["code"] == "E0101" && detail.starts_with(said), "{said}: {answer}");
        }
        let unknown = api.say(put("/v1/workloads/w", set(workload(500), "model", json!("none")))).await;
        assert_eq!(unknown.body["code"], "E0201", "{unknown}");
        assert_eq!(api.must(get("/v1/nodes")).await.as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn a_disruption_budget_says_one_of_two_things() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        fleet_of(&api, 1).await;
        let asks = [
            (json!({}), "disruption_budget is neither: must say either min_available or max_unavailable"),
            (
                json!({ "min_available": "most" }),
                "disruption_budget.min_available is most: must be a number, or a part such as 50%",
            ),
            (
                json!({ "max_unavailable": "101%" }),
                "disruption_budget.max_unavailable is 101: must lie within 0 and 100",
            ),
        ];
        for (budget, said) in asks {
            let mut wanted = workload(500);
            wanted["disruption_budget"] = budget;
            let answer = api.say(put("/v1/workloads/w", wanted)).await;
            assert_eq!(
                (&answer.body["code"], &answer.body["detail"]),
                (&json!("E0101"), &json!(said)),
                "{answer}"
            );
        }
        let mut wanted = workload(500);
        wanted["disruption_budget"] = json!({ "min_available": "50%" });
        api.must(put("/v1/workloads/w", wanted)).await;
        let shown = api.must(get("/v1/workloads/w")).await;
        assert_eq!(shown["spec"]["disruption_budget"], json!({ "min_available": "50%" }));
    })
    .await;
}
