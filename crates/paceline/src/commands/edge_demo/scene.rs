//! What the demo is about: boxes, their readings, a model, what happens when, and who asks.

use super::box_run::EdgeBox;
use super::link::Link;
use super::table::Tally;
use paceline_agent::fetch::NoArtefacts;
use paceline_agent::infer::InferRequest;
use paceline_agent::runner::scripted::{Script, ScriptedRunner};
use paceline_agent::source::scripted::{Row, ScriptedSource};
use paceline_agent::{AgentOptions, MachineClocks, OrdersPace, Parts, Registration, StatusView};
use paceline_client::api::edge::{NewModel, NewWorkload, NodePlace};
use paceline_client::{Client, ClientTls};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many boxes: as many as a small machine runs beside the region.
pub(super) const BOXES: usize = 12;
/// The box that overheats.
pub(super) const HEATS: &str = "box-03";
/// The box that loses its link.
pub(super) const LOSES: &str = "box-07";
/// The box that restarts.
pub(super) const RESTARTS: &str = "box-10";
/// When it restarts: after the first rounds.
pub(super) const RESTART_AT: Duration = Duration::from_secs(14);
/// How long it is off: less than a silence.
pub(super) const OFF_FOR: Duration = Duration::from_secs(2);
/// When the link goes down, and for how long: several silences.
const LINK: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(16));
/// Replicas of the model: two fit a box, and there is room for what leaves two of them.
const REPLICAS: u32 = 20;
/// Time between two questions to each replica.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Longest that a user waits.
const USER_WAITS: Duration = Duration::from_secs(2);

/// All boxes, listening. One reaches the region over `link` only.
pub(super) async fn boxes(server: &str, link: &str, dir: &Path) -> anyhow::Result<Vec<EdgeBox>> {
    let mut boxes = Vec::with_capacity(BOXES);
    for number in 1..=BOXES {
        let name = format!("box-{number:02}");
        let to = if name == LOSES { link } else { server };
        let place =
            NodePlace { rack: Some(format!("rack-{}", (number - 1) / 4 + 1)), ..NodePlace::default() };
        let options = AgentOptions {
            register: Some(Registration { place, ..Registration::default() }),
            report_every: Duration::from_secs(1),
            orders: OrdersPace { pause: Duration::from_millis(500), ..OrdersPace::default() },
            ..AgentOptions::new(to, &name, dir.join(&name))
        };
        boxes.push(EdgeBox::bind(options, parts(&name)?).await?);
    }
    Ok(boxes)
}

fn parts(name: &str) -> anyhow::Result<Parts> {
    let outputs = json!([{ "name": "score", "shape": [2], "datatype": "FP32", "data": [0.25, 0.75] }]);
    let script =
        json!({ "models": { "weld": { "*": { "outputs": outputs, "latency_ms": 8, "load_ms": 400 } } } });
    let script: Script = serde_json::from_value(script)?;
    let rows: Vec<Row> = serde_json::from_value(readings(name))?;
    Ok(Parts {
        source: Arc::new(ScriptedSource::new(rows).map_err(anyhow::Error::msg)?),
        runner: Arc::new(ScriptedRunner::new(script)),
        fetcher: Arc::new(NoArtefacts),
        clocks: Arc::new(MachineClocks),
    })
}

/// A box that is warm, or one whose fan stops after 6 s and is mended after 26 s.
fn readings(name: &str) -> Value {
    let spec = json!({ "architecture": "amd64", "cpu_milli": 2_000, "memory_mib": 2_048 });
    let row = |at_s: u32, celsius: f64| json!({ "at_s": at_s, "temperatures": [{ "sensor": "cpu", "celsius": celsius }], "round_trip_ms": 9 });
    let celsius = |at_s: u32| match (name, at_s) {
        (HEATS, 7..=13) => 60.0 + 5.0 * f64::from(at_s - 6),
        (HEATS, 14..=26) => 95.0,
        (HEATS, 27..=32) => 95.0 - 6.0 * f64::from(at_s - 26),
        _ => 58.0 + f64::from(at_s % 4) / 2.0,
    };
    let mut rows: Vec<Value> = (0..60).map(|at_s| row(at_s, celsius(at_s))).collect();
    rows[0]["fingerprint"] = spec;
    json!(rows)
}

/// The two boxes beside it.
pub(super) fn neighbours(name: &str, all: &[(String, SocketAddr)]) -> BTreeMap<String, SocketAddr> {
    let here = all.iter().position(|(known, _)| known == name).unwrap_or(0);
    let beside = [1, all.len() - 1].map(|step| all[(here + step) % all.len()].clone());
    beside.into_iter().collect()
}

/// The model, and so many replicas of it.
pub(super) async fn register(client: &Client) -> anyhow::Result<()> {
    let variant = json!({ "precision": "int8", "size_mib": 4, "memory_mib": 64, "latency_ms": 8, "accuracy_permille": 930 });
    let model: NewModel =
        serde_json::from_value(json!({ "versions": [{ "version": "1.0.0", "variants": [variant] }] }))?;
    client.put_model("weld", &model).await?;
    let workload: NewWorkload = serde_json::from_value(json!({
        "model": "weld", "precision": "int8", "cpu_milli": 900, "memory_mib": 256, "replicas": REPLICAS,
        "spread": [{ "max_skew": 2, "topology_key": "kubernetes.io/hostname" }]
    }))?;
    client.put_workload("line", &workload).await?;
    Ok(())
}

/// The link goes down and comes up.
pub(super) async fn weather(link: Link, tally: &Tally) {
    tokio::time::sleep(LINK.0).await;
    link.set(false);
    tally.says(format!("{LOSES} loses its link to the region; its neighbours reach it"));
    tokio::time::sleep(LINK.1).await;
    link.set(true);
    tally.says(format!("{LOSES} has its link again"));
    std::future::pending().await
}

/// Users of each box's site ask what runs there, again and again.
///
/// Errors: none can be asked on this machine.
pub(super) async fn users(boxes: Vec<(String, SocketAddr)>, tally: &Tally) -> anyhow::Result<()> {
    let http = paceline_client::http("http://", &ClientTls::default())?.timeout(USER_WAITS).build()?;
    let mut due = tokio::time::interval(ASK_EVERY);
    loop {
        due.tick().await;
        for (_, address) in &boxes {
            let Ok(answer) = http.get(format!("http://{address}/v1/status")).send().await else { continue };
            let Ok(status) = answer.json::<StatusView>().await else { continue };
            for line in status.replicas.iter().filter(|line| line.serves.is_some()) {
                let url = format!("http://{address}/v1/replicas/{}/infer", line.replica);
                let asked = InferRequest { id: None, inputs: Vec::new() };
                let answered = http.post(url).json(&asked).send().await;
                tally.asked(answered.is_ok_and(|answer| answer.status().is_success()));
            }
        }
    }
}
