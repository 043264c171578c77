//! A real server of an edge region, and agents that speak to it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use paceline_agent::fetch::NoArtefacts;
use paceline_agent::infer::{InferRequest, InferResponse};
use paceline_agent::runner::scripted::{Script, ScriptedRunner};
use paceline_agent::source::scripted::{Row, ScriptedSource};
use paceline_agent::{
    Agent, AgentOptions, Ending, MachineClocks, OrdersPace, Parts, Registration, ReplicaLine, StatusView,
    Tries,
};
use paceline_client::api::edge::{NewModel, NewWorkload};
use paceline_client::{Client, ClientOptions};
use paceline_engine::edge::EdgeOptions;
use paceline_model::{Millis, RegionId};
use paceline_serve::{AuthOptions, Clock, EdgeSpec, ServeOptions, Server};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Longest that a test waits for something to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves an edge region whose journal lies in `dir` while `talk` goes on.
pub async fn with_region<T>(dir: &Path, talk: impl AsyncFnOnce(Client) -> T) -> T {
    with_region_by(EdgeOptions::default(), dir, talk).await
}

/// The same by other options.
pub async fn with_region_by<T>(edge: EdgeOptions, dir: &Path, talk: impl AsyncFnOnce(Client) -> T) -> T {
    // Short ticks, so that tests need not wait.
    with_region_ticking(edge, Millis(20), dir, talk).await
}

/// The same by another tick.
pub async fn with_region_ticking<T>(
    edge: EdgeOptions,
    tick: Millis,
    dir: &Path,
    talk: impl AsyncFnOnce(Client) -> T,
) -> T {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options =
        ServeOptions { listen, tick, queue_delay_max: Millis::from_secs(60), ..ServeOptions::default() };
    let (name, journal) = (RegionId::new("main").expect("a name"), dir.join("journal"));
    let edge = EdgeSpec {
        name,
        options: edge,
        journal: journal.as_path().into(),
        journal_identity: None,
        read_options: None,
    };
    let server =
        Server::of(options, AuthOptions::default(), edge, Clock::Real).await.expect("it can be served");
    let client = Client::new(&server.url(), ClientOptions::default()).expect("a client");
    let (end, ended) = oneshot::channel();
    let talk = async {
        let said = talk(client).await;
        _ = end.send(());
        said
    };
    let (said, summary) = tokio::join!(talk, server.run(async { _ = ended.await }));
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}

/// Quick, so that tests need not wait.
pub fn options(client: &Client, node: &str, dir: &Path) -> AgentOptions {
    AgentOptions {
        register: Some(Registration::default()),
        report_every: Duration::from_millis(100),
        orders: OrdersPace { pause: Duration::from_millis(50), ..OrdersPace::default() },
        tries: Tries { pause: Duration::from_millis(20), ..Tries::default() },
        ending: Ending { drain: None, grace: Duration::from_secs(5) },
        ..AgentOptions::new(client.base(), node, dir.join(node))
    }
}

pub fn parts(script: Value, rows: Value) -> Parts {
    let script: Script = serde_json::from_value(json!({ "models": script })).expect("a script");
    let rows: Vec<Row> = serde_json::from_value(rows).expect("rows");
    Parts {
        source: Arc::new(ScriptedSource::new(rows).expect("readings")),
        runner: Arc::new(ScriptedRunner::new(script)),
        fetcher: Arc::new(NoArtefacts),
        clocks: Arc::new(MachineClocks),
    }
}

/// Runs an agent while `talk` goes on.
pub async fn with_agent<T>(options: AgentOptions, parts: Parts, talk: impl AsyncFnOnce(Node) -> T) -> T {
    let agent = Agent::bind(options, parts).await.expect("it can start");
    let node = Node(format!("http://{}", agent.address().expect("it listens")));
    let (end, ended) = oneshot::channel();
    let talk = async {
        let said = talk(node).await;
        _ = end.send(());
        said
    };
    let (said, closed) = tokio::join!(talk, agent.run(async { _ = ended.await }));
    assert!(closed.is_clean(), "{closed:?}");
    said
}

/// Where an agent answers.
pub struct Node(pub String);

impl Node {
    pub async fn status(&self) -> StatusView {
        http()
            .get(format!("{}/v1/status", self.0))
            .send()
            .await
            .expect("it answers")
            .json()
            .await
            .expect("a status")
    }
    pub async fn infer(&self, replica: &str) -> Result<InferResponse, (u16, String)> {
        let request = InferRequest { id: Some("q1".into()), inputs: Vec::new() };
        let request = http().post(format!("{}/v1/replicas/{replica}/infer", self.0)).json(&request);
        let answer = request.send().await.expect("it answers");
        match answer.status().as_u16() {
            200 => Ok(answer.json().await.expect("an answer")),
            status => Err((status, answer.text().await.expect("text"))),
        }
    }
    /// Waits until the line of a replica is as wanted.
    pub async fn until(&self, replica: &str, wanted: impl Fn(&ReplicaLine) -> bool) -> ReplicaLine {
        until(async || {
            let status = self.status().await;
            let line = status.replicas.iter().find(|line| line.replica == replica && wanted(line)).cloned();
            line.ok_or(format!("{:?}", status.replicas))
        })
        .await
    }
}

/// Looks until there is something to see.
pub async fn until<T>(look: impl AsyncFn() -> Result<T, String>) -> T {
    let began = tokio::time::Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(instead) if began.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {instead}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// A model of these versions, for machines without GPUs.
pub fn model(versions: &[&str]) -> NewModel {
    let variant = json!({ "precision": "int8", "size_mib": 1, "memory_mib": 64, "latency_ms": 5, "accuracy_permille": 900 });
    let version = |version: &&str| json!({ "version": version, "variants": [variant] });
    let versions: Vec<Value> = versions.iter().map(version).collect();
    serde_json::from_value(json!({ "versions": versions })).expect("a model")
}

/// One replica of `model`, on the CPU.
pub fn workload(model: &str, version: &str) -> NewWorkload {
    let wanted = json!({ "model": model, "version": version, "precision": "int8", "cpu_milli": 500, "memory_mib": 64 });
    serde_json::from_value(wanted).expect("a workload")
}

/// What a version answers, as a script has it.
pub fn answers(value: f64) -> Value {
    json!({ "outputs": [{ "name": "score", "shape": [1], "datatype": "FP32", "data": [value] }], "latency_ms": 1 })
}

pub fn http() -> reqwest::Client {
    let builder = paceline_client::http("http://", &Default::default()).expect("a client");
    builder.build().expect("a client")
}
