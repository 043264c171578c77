//! Rollouts over real HTTP, and what nodes say of the replicas that they run.

use crate::common::{edge_spec, get, model, node, options, placed, post, put, running, with_edge, workload};
use paceline_engine::edge::StepApproval;
use paceline_serve::{AuthOptions, Clock, Server};
use serde_json::{Value, json};

/// What a node says of a replica that runs there.
fn runs(version: &str) -> Value {
    json!({ "replica": "w-0", "version": version, "precision": "fp16", "state": "running", "tries": 1 })
}

#[tokio::test]
async fn what_a_node_says_of_its_replicas_stands_until_it_says_otherwise() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        api.must(put("/v1/models/detector", model())).await;
        api.must(put("/v1/nodes/n0", node("GPU-0"))).await;
        let before = api.must(get("/v1/nodes/n0")).await;
        assert_eq!((&before["replicas"], &before["replicas_at"]), (&json!([]), &Value::Null));
        let mut one = runs("1.0.0");
        one["artefact"] = json!(format!("blake3:{}", "0a".repeat(32)));
        one["probe"] = json!({ "right": true, "latency_ms": 12 });
        one["served"] = json!({ "requests": 240, "errors": "NaN", "p99_ms": "+Inf", "within": [{ "ms": 50, "requests": 9 }] });
        api.must(post("/v1/nodes/telemetry", json!([{ "node": "n0", "replicas": [one] }]))).await;
        api.must(post("/v1/nodes/telemetry", json!([{ "node": "n0" }]))).await;
        let said = loop {
            let node = api.must(get("/v1/nodes/n0")).await;
            if node["replicas_at"].is_string() {
                break node["replicas"][0].clone();
            }
        };
        (one["error"], one["served"]["requests"]) = (Value::Null, json!(240.0));
        (one["served"]["errors"], one["served"]["p99_ms"]) = (Value::Null, Value::Null);
        assert_eq!(said, one, "what is no count is unknown");
        api.must(post("/v1/nodes/telemetry", json!([{ "node": "n0", "replicas": [] }]))).await;
        while api.must(get("/v1/nodes/n0")).await["replicas"] != json!([]) {}
    })
    .await;
}

#[tokio::test]
async fn a_report_of_replicas_that_breaks_a_rule_names_it() {
    let dir = tempfile::tempdir().expect("a directory");
    with_edge(dir.path(), async |api| {
        api.must(put("/v1/nodes/n0", node("GPU-0"))).await;
        let asks = [
            ("version", json!("1.0"), "[0].replicas.version is 1.0: must be a semantic version"),
            ("artefact", json!("x"), "[0].replicas.artefact is x: must be blake3: and 64"),
            ("error", json!("x".repeat(257)), "[0].replicas.error is xxx"),
            ("replica", json!("w"), "[0].replicas.replica is w: must be a workload's name"),
        ];
        for (field, value, said) in asks {
            let mut replica = runs("1.0.0");
            replica[field] = value;
            let report = json!([{ "node": "n0", "replicas": [replica] }]);
            let answer = api.say(post("/v1/nodes/telemetry", report)).await;
            let detail = answer.body["detail"].as_str().unwrap_or_default().to_owned();
            assert!(answer.body["code"] == "E0101" && detail.starts_with(said), "{said}: {answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_is_told_before_it_begins_ordered_once_and_taken_back_by_a_word() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut spec = edge_spec(dir.path());
    spec.options.rollouts.approval = StepApproval::First;
    let server = Server::of(options(), AuthOptions::default(), spec, Clock::Real).await;
    let (_, summary) = running(server.expect("it can be served"), async |api| {
        api.must(put("/v1/models/detector", model())).await;
        for number in 0..3 {
            api.must(put(&format!("/v1/nodes/n{number}"), node(&format!("GPU-{number}")))).await;
        }
        let mut three = workload(1_000);
        three["replicas"] = json!(3);
        api.must(put("/v1/workloads/w", three)).await;
        for ordinal in 0..3 {
            placed(&api, &format!("w-{ordinal}")).await;
        }
        let mut versions = model()["versions"].clone();
        let mut next = versions[0].clone();
        next["version"] = json!("2.0.0");
        versions.as_array_mut().expect("a list").push(next);
        api.must(put("/v1/models/detector", json!({ "versions": versions }))).await;
        let asked = json!({ "workload": "w", "version": "2.0.0", "steps_percent": [10, 34, 100] });
        let plan = api.must(post("/v1/rollouts/plan", asked.clone())).await;
        assert_eq!((&plan["from"], &plan["steps"][0]["nodes"]), (&json!("1.2.0"), &json!(["n0"])), "{plan}");
        assert_eq!(plan["steps"][2]["nodes"], json!(["n1", "n2"]), "{plan}");
        let remarks = json!(["34 % of 3 is 1: nothing new", "step 2 waits for a person's approval"]);
        assert_eq!(plan["remarks"], remarks);
        let none = api.say(post("/v1/rollouts/w/abort", json!({}))).await;
        assert_eq!(none.body["code"], "E0510", "{none}");
        api.must(post("/v1/rollouts", asked.clone())).await;
        api.must(post("/v1/rollouts", asked)).await;
        let until = async |field: &str, value: &str| loop {
            let now = api.must(get("/v1/rollouts/w")).await;
            if now["nodes"][0][field] == value {
                break now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        };
        let now = until("state", "ordered").await;
        assert_eq!(now["nodes"][0]["ordered"], "2.0.0 FP16", "{now}");
        assert_eq!(now["nodes"][0]["runs"], Value::Null, "nobody has said so");
        assert_eq!(now["summary"]["phase"], "stepping");
        api.must(post("/v1/rollouts/w/abort", json!({}))).await;
        let now = until("ordered", "1.2.0 FP16").await;
        assert_eq!(
            (&now["summary"]["phase"], &now["reasons"][1]["why"]),
            (&json!("rolling_back"), &json!("abort, by a person"))
        );
        let again = api.say(post("/v1/rollouts/w/pause", json!({}))).await;
        assert_eq!(again.body["code"], "E0510", "{again}");
        assert_eq!(api.must(get("/v1/rollouts")).await["rollouts"][0]["workload"], "w");
    })
    .await;
    assert!(summary.closed.is_clean(), "{summary:?}");
}
