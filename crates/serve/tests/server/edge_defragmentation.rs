//! Moves for their own sake over real HTTP: looked at, started, followed, stopped, and there again after a restart.

use crate::common::events::Events;
use crate::common::{
    Api, delete, edge_spec, get, model, node, options, placed, post, put, running, with_edge, workload,
};
use paceline_model::Millis;
use paceline_serve::{AuthOptions, Clock, Server};
use serde_json::{Value, json};
use std::path::Path;

/// Four GPUs, each with something small on it.
async fn scattered(api: &Api) {
    api.must(put("/v1/models/detector", model())).await;
    for number in 0..4 {
        api.must(put(&format!("/v1/nodes/n{number}"), node(&format!("GPU-{number}")))).await;
    }
    let of = |milli_gpu: u16| {
        let mut spec = workload(milli_gpu);
        spec["replicas"] = json!(4);
        spec
    };
    api.must(put("/v1/workloads/large", of(700))).await;
    for ordinal in 0..4 {
        placed(api, &format!("large-{ordinal}")).await;
    }
    api.must(put("/v1/workloads/small", of(300))).await;
    for ordinal in 0..4 {
        placed(api, &format!("small-{ordinal}")).await;
    }
    api.must(delete("/v1/workloads/large")).await;
}

async fn plan(api: &Api, moves_max: u32) -> Value {
    api.must(post("/v1/defragmentation/plan", json!({ "moves_max": moves_max }))).await
}

fn moves(plan: &Value) -> Value {
    let planned = plan["moves"].as_array().expect("a list").iter().map(|one| one["planned"].clone());
    json!({ "moves": planned.collect::<Vec<_>>() })
}

async fn until(api: &Api, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_000 {
        let now = api.must(get("/v1/defragmentation")).await;
        if holds(&now) {
            return now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it came to nothing within ten seconds");
}

/// A server whose moves come one a second.
async fn with_moves<T>(dir: &Path, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let mut spec = edge_spec(dir);
    spec.options.defragmentation.moves_per_period = 1;
    spec.options.defragmentation.period = Millis::from_secs(1);
    let server =
        Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.expect("it can be served");
    let (said, summary) = running(server, talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

#[tokio::test]
async fn what_was_shown_is_made_a_few_at_a_time_and_said_on_the_stream() {
    let dir = tempfile::tempdir().expect("a directory");
    with_moves(dir.path(), async |api| {
        scattered(&api).await;
        assert_eq!(api.must(get("/v1/defragmentation")).await["phase"], Value::Null);
        let plan = plan(&api, 10).await;
        assert_eq!((&plan["now"]["gpus_free"], &plan["then"]["gpus_free"]), (&json!(0), &json!(2)), "{plan}");
        let first = &plan["moves"][0];
        assert_eq!((&first["frees"]["gpus"], &first["loads_mib"]), (&json!(1), &json!(0)), "{plan}");
        let again = api.must(post("/v1/defragmentation/plan", json!({ "moves_max": 10 }))).await;
        assert_eq!(again["version"], plan["version"], "nothing has happened: {again}");
        let mut stream = Events::open(&api, None).await;
        api.must(post("/v1/defragmentation", moves(&plan)).key("d1")).await;
        api.must(post("/v1/defragmentation", moves(&plan)).key("d1")).await;
        let second = api.say(post("/v1/defragmentation", moves(&plan))).await.to_string();
        assert!(second.starts_with("409 E0503 a defragmentation is under way, with "), "{second}");
        let mut kinds: Vec<String> = Vec::new();
        while kinds.last().is_none_or(|kind| kind != "defragmentation_ended") {
            let told = stream.next().await.expect("the stream goes on");
            kinds.extend(told.data["event"].as_object().into_iter().flat_map(|event| event.keys().cloned()));
        }
        let of = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
        assert_eq!((of("replica_moved"), of("defragmentation_stepped")), (2, 2), "{kinds:?}");
        let done = until(&api, |now| now["phase"] == "done").await;
        assert_eq!((&done["made"], &done["freed"]["gpus"]), (&json!(2), &json!(2)), "{done}");
        let name = first["planned"]["placement"].as_str().expect("a name");
        assert_eq!(json!(placed(&api, name).await), first["planned"]["to"]);
        let why = api.must(get(&format!("/v1/placements/{name}/explain"))).await;
        assert!(
            why["words"].as_str().is_some_and(|words| words.contains("Defragmentation moved it here")),
            "{why}"
        );
        let figures = api.must(get("/metrics")).await.to_string();
        for line in [
            "replicas_moved_total{region=\\\"main\\\",cause=\\\"Defragmented\\\"} 2",
            "replicas_moved_total{region=\\\"main\\\",cause=\\\"Hot\\\"} 0",
            "defragmentation_moves_total{region=\\\"main\\\",outcome=\\\"Made\\\"} 2",
            "defragmentation_gpus_freed_total{region=\\\"main\\\"} 2",
        ] {
            assert!(figures.contains(line), "{line}: {figures}");
        }
    })
    .await;
}

#[tokio::test]
async fn stopped_it_moves_nothing_more_and_a_restart_remembers() {
    let dir = tempfile::tempdir().expect("a directory");
    let made = with_moves(dir.path(), async |api| {
        scattered(&api).await;
        let plan = plan(&api, 10).await;
        api.must(post("/v1/defragmentation", moves(&plan))).await;
        until(&api, |now| now["made"] == 1).await;
        api.must(delete("/v1/defragmentation")).await;
        api.must(delete("/v1/defragmentation")).await;
        let stopped = api.must(get("/v1/defragmentation")).await;
        assert_eq!((&stopped["phase"], &stopped["waiting"]), (&json!("stopped"), &json!(1)), "{stopped}");
        stopped
    })
    .await;
    with_moves(dir.path(), async |api| {
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        assert_eq!(api.must(get("/v1/defragmentation")).await, made, "stopped is stopped");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_field_value_and_rule() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        scattered(&api).await;
        let good = json!({ "placement": "small-0", "from": "n0", "to": "n1", "devices": ["GPU-1"] });
        let with = |field: &str, value: Value| {
            let mut planned = good.clone();
            planned[field] = value;
            json!({ "moves": [planned] })
        };
        for (path, body, said) in [
            ("/plan", json!({ "moves_max": 0 }), "422 E0101 moves_max is 0: must lie within 1 and 1000"),
            ("/plan", json!({ "most": 5 }), "400 E0103 most: unknown field `most`, expected `moves_max`"),
            ("", json!({ "moves": [] }), "422 E0101 moves is 0: must lie within 1 and 1000"),
            (
                "",
                json!({ "moves": [good, good] }),
                "422 E0101 moves[1].placement is small-0: must be named once",
            ),
            (
                "",
                with("placement", json!("small")),
                "422 E0101 moves[0].placement is small: must be a workload's name",
            ),
            ("", with("placement", json!("other-0")), "404 E0201 no placement is called other-0"),
            ("", with("to", json!("n9")), "404 E0201 no node is called n9"),
            ("", with("to", json!("")), "422 E0101 moves[0].to"),
        ] {
            let answer = api.say(post(&format!("/v1/defragmentation{path}"), body)).await.to_string();
            assert!(answer.starts_with(said), "{answer}");
        }
        assert_eq!(api.must(get("/v1/defragmentation")).await["phase"], Value::Null);
    })
    .await;
}
