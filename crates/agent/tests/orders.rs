//! How an agent hears what it is to run: when it changes, and from an older server by asking.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common::{answers, model, options, parts, with_agent, with_region, workload};
use paceline_agent::{AgentOptions, OrdersPace};
use paceline_client::api::edge::NewNode;
use paceline_client::{Client, ClientOptions};
use serde_json::json;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// So long that whoever is not told does not hear of it in a test.
const NEVER: Duration = Duration::from_secs(3_600);

fn node() -> NewNode {
    serde_json::from_value(json!({ "architecture": "amd64", "cpu_milli": 4_000, "memory_mib": 8_192 }))
        .unwrap()
}

#[tokio::test]
async fn what_is_placed_and_what_leaves_is_heard_at_once_and_not_at_the_next_look() {
    let dir = tempfile::tempdir().unwrap();
    with_region(dir.path(), async |region| {
        region.put_node("box-1", &node()).await.unwrap();
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        let script = parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        let orders = OrdersPace { pause: NEVER, ..OrdersPace::default() };
        let patient = AgentOptions { register: None, orders, ..options(&region, "box-1", dir.path()) };
        with_agent(patient, script, async |agent| {
            region.put_workload("line", &workload("weld", "*")).await.unwrap();
            agent.until("line-0", |line| line.state == "running").await;
            region.remove_workload("line").await.unwrap();
            common::until(async || {
                let left = agent.status().await.replicas;
                if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
            })
            .await;
        })
        .await;
    })
    .await;
}

/// What a server before this one answered, in front of one of today.
async fn older(State(region): State<String>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if path.starts_with("/v1/nodes/") && path.contains("/placements") {
        let problem = json!({ "type": "/errors/E0104", "title": "Nothing there", "status": 404, "code": "E0104",
            "detail": "Nothing is served here." });
        return (StatusCode::NOT_FOUND, axum::Json(problem)).into_response();
    }
    let (mut head, body) = request.into_parts();
    head.headers.remove("host");
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let sent = common::http().request(head.method, region + &path).headers(head.headers).body(body);
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, Body::from(answer.bytes().await.unwrap())).into_response()
}

#[tokio::test]
async fn an_older_server_is_asked_again_and_again() {
    let dir = tempfile::tempdir().unwrap();
    with_region(dir.path(), async |region| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(older).with_state(region.base().to_owned());
        let mut serving = JoinSet::new();
        serving.spawn(axum::serve(listener, router).into_future());
        let old = Client::new(&at, ClientOptions::default()).unwrap();
        region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
        let script = parts(json!({ "weld": { "1.0.0": answers(0.25) } }), json!([]));
        with_agent(options(&old, "box-1", dir.path()), script, async |agent| {
            region.put_workload("line", &workload("weld", "*")).await.unwrap();
            agent.until("line-0", |line| line.state == "running").await;
        })
        .await;
    })
    .await;
}
