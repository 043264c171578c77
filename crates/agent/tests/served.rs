//! An agent against a real server: it registers, reports, is given work, runs it and answers.

mod common;

use common::{answers, model, options, parts, until, with_agent, with_region, workload};
use serde_json::json;

#[paceline_supervise::test]
async fn a_node_registers_reports_is_given_work_and_answers_an_inference() {
    let dir = tempfile::tempdir().expect("a directory");
    with_region(dir.path(), async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.expect("a model");
        region.put_workload("line", &workload("weld", "*")).await.expect("a workload");
        let rows = json!([{ "at_s": 0, "temperatures": [{ "sensor": "cpu", "celsius": 55.0 }],
            "battery": { "supply": "battery", "percent": 80 }, "round_trip_ms": 12 }]);
        let script = parts(json!({ "weld": { "1.0.0": answers(0.25) } }), rows);
        with_agent(options(&region, "box-1", dir.path()), script, async |node| {
            let line = node.until("line-0", |line| line.state == "running").await;
            assert_eq!((line.serves.as_deref(), line.ordered.as_str()), (Some("1.0.0"), "1.0.0"));
            let answer = node.infer("line-0").await.expect("it answers");
            assert_eq!((answer.model_version.as_str(), answer.id.as_deref()), ("1.0.0", Some("q1")));
            assert_eq!(answer.outputs[0].data, vec![serde_json::Number::from_f64(0.25).expect("finite")]);
            let line = node.until("line-0", |line| line.requests == 1).await;
            assert!(line.errors == 0 && line.p99_ms.is_some(), "{line:?}");
            assert_eq!(node.infer("line-1").await.expect_err("there is no such replica").0, 404);
            let seen = until(async || {
                let nodes = region.nodes().await.expect("nodes").rows;
                nodes.into_iter().find(|node| node.battery_percent == Some(80)).ok_or("not reported".into())
            });
            let seen = seen.await;
            assert_eq!((seen.id.as_str(), seen.temperatures.len()), ("box-1", 1));
        })
        .await;
    })
    .await;
}

#[paceline_supervise::test]
async fn a_version_that_dies_while_it_loads_leaves_the_one_before_serving() {
    let dir = tempfile::tempdir().expect("a directory");
    with_region(dir.path(), async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.expect("a model");
        region.put_workload("line", &workload("weld", "*")).await.expect("a workload");
        let mut dies = answers(0.5);
        (dies["dies_loading"], dies["error"]) = (json!(99), json!("out of memory"));
        let script = json!({ "weld": { "1.0.0": answers(0.25), "2.0.0": dies } });
        with_agent(options(&region, "box-1", dir.path()), parts(script.clone(), json!([])), async |node| {
            node.until("line-0", |line| line.state == "running").await;
        })
        .await;
        // Told of the next version while it was away, as nothing in a region changes the version of what runs yet.
        let file = dir.path().join("box-1/state.json");
        let mut written: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&file).expect("written")).expect("JSON");
        assert_eq!(written["replicas"][0]["replica"]["order"]["variant"]["version"], "1.0.0");
        written["replicas"][0]["replica"]["back"] =
            json!({ "model": "weld", "version": "0.9.0", "precision": "int8", "artefact": null });
        std::fs::write(&file, written.to_string()).expect("written");
        let script = json!({ "weld": { "0.9.0": answers(0.1), "1.0.0": script["weld"]["2.0.0"] } });
        with_agent(options(&region, "box-1", dir.path()), parts(script, json!([])), async |node| {
            let line = node.until("line-0", |line| line.state == "back on the version before").await;
            assert_eq!(
                (line.serves.as_deref(), line.ordered.as_str(), line.tries),
                (Some("0.9.0"), "1.0.0", 3)
            );
            assert_eq!(line.error.as_deref(), Some("out of memory"));
            assert_eq!(node.infer("line-0").await.expect("it answers").model_version, "0.9.0");
            // Each list says 1.0.0 again, and nothing comes of it.
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            node.until("line-0", |line| line.state == "back on the version before" && line.tries == 3).await;
        })
        .await;
    })
    .await;
}
