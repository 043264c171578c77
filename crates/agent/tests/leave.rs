//! How an agent that is asked to end leaves its node empty, and within which bound.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{answers, model, options, parts, until, with_agent, with_region, workload};
use paceline_agent::{AgentOptions, Ending};
use paceline_client::Client;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

async fn node_of(region: &Client, replica: &str) -> Option<String> {
    let placements = region.placements(None).await.unwrap().rows;
    let found = placements.into_iter().find(|placement| placement.id == replica);
    found.and_then(|placement| placement.bound).map(|bound| bound.node)
}

#[tokio::test]
async fn an_agent_that_drains_ends_once_its_work_is_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    with_region(dir.path(), async |region| {
        let script = || parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        let ending = Ending { drain: Some(Duration::from_secs(60)), ..Ending::default() };
        let leaving = AgentOptions { ending, ..options(&region, "box-1", dir.path()) };
        let (moved, running) = tokio::sync::oneshot::channel();
        let first = with_agent(leaving, script(), async |agent| {
            region.put_workload("line", &workload("weld", "*")).await.unwrap();
            agent.until("line-0", |line| line.state == "running").await;
            _ = moved.send(());
        });
        let (over, first_is_over) = tokio::sync::oneshot::channel();
        let first = async {
            first.await;
            _ = over.send(node_of(&region, "line-0").await);
        };
        let second = async {
            running.await.unwrap();
            with_agent(options(&region, "box-2", dir.path()), script(), async |agent| {
                agent.until("line-0", |line| line.state == "running").await;
                // By the time that the first has ended, the work is here.
                assert_eq!(first_is_over.await.unwrap().as_deref(), Some("box-2"));
            })
            .await;
        };
        tokio::join!(first, second);
        let box_1 = region.nodes().await.unwrap().rows.into_iter().find(|node| node.id == "box-1").unwrap();
        assert!(box_1.cordoned, "it stays drained until somebody says otherwise");
    })
    .await;
}

#[tokio::test]
async fn an_agent_whose_work_has_nowhere_to_go_ends_when_its_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    with_region(dir.path(), async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        let script = parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        let ending = Ending { drain: Some(Duration::from_secs(2)), ..Ending::default() };
        let leaving = AgentOptions { ending, ..options(&region, "box-1", dir.path()) };
        let asked = with_agent(leaving, script, async |agent| {
            region.put_workload("line", &workload("weld", "*")).await.unwrap();
            agent.until("line-0", |line| line.state == "running").await;
            Instant::now()
        })
        .await;
        assert!(asked.elapsed() >= Duration::from_secs(2), "it waited for its work to leave");
        until(async || match node_of(&region, "line-0").await.as_deref() {
            Some("box-1") => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    })
    .await;
}
