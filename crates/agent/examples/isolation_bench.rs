//! From a bad quote to its node isolated, drained, and a standby that serves elsewhere: a region, two agents that run what is placed on them, and two
//! software TPMs (`swtpm`). `cargo run --release -p paceline-agent --example isolation_bench -- 50`.
//!
//! Time begins when the bad proof leaves the agent: between it and the region stands a relay that notes when a proof goes by, and when its answer comes
//! back. The region is served by its usual settings; agents and region share one machine. What a model takes to load is the script's.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/soft_box.rs"]
mod soft_box;

use common::{Node, model, options, parts, with_agent, with_region_ticking, workload};
use paceline_agent::tpm::TpmAddress;
use paceline_agent::{AgentOptions, Parts, ProofOptions};
use paceline_client::Client;
use paceline_client::api::edge::TrustState;
use paceline_engine::TICK;
use serde_json::{Value, json};
use soft_box::{SoftBox, asks, boot_log};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the model takes to load: some 10 MB of ONNX on a small machine.
const LOAD_MS: u64 = 50;
/// Time between two looks at the agents.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// When a proof went by, and when it was answered.
type Passed = (Instant, Option<Instant>);

/// Proofs that went by.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Passed>>>);

/// Carries bytes both ways, and notes proofs.
async fn relay(near: TcpStream, far: SocketAddr, seen: Seen) {
    let far = TcpStream::connect(far).await.unwrap();
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let ((mut from_agent, mut to_agent), (mut from_region, mut to_region)) =
        (near.into_split(), far.into_split());
    let mine = Arc::new(Mutex::new(None::<usize>));
    let (sent, answered) = (mine.clone(), seen.clone());
    let up = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read) = from_agent.read(&mut bytes).await {
            if read == 0 || to_region.write_all(&bytes[..read]).await.is_err() {
                return;
            }
            if bytes[..read].windows(12).any(|of| of == b"/proof HTTP/") {
                let mut seen = seen.0.lock().unwrap();
                *sent.lock().unwrap() = Some(seen.len());
                seen.push((Instant::now(), None));
            }
        }
    };
    let down = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read) = from_region.read(&mut bytes).await {
            if read == 0 || to_agent.write_all(&bytes[..read]).await.is_err() {
                return;
            }
            if let Some(of) = mine.lock().unwrap().take() {
                answered.0.lock().unwrap()[of].1 = Some(Instant::now());
            }
        }
    };
    tokio::select! { () = up => {} () = down => {} }
}

/// Part of what a run took.
type Part = fn(&Took) -> Duration;

/// What one run took, from the bad proof on.
struct Took {
    isolated: Duration,
    stopped: Duration,
    serving: Duration,
}

async fn enrolled(region: &Client, name: &str, token: &Path) {
    common::until(async || region.node(name).await.map_err(|error| error.to_string())).await;
    std::fs::write(token, region.issue_token(name, false).await.unwrap().token).unwrap();
    common::until(async || {
        let state = region.node(name).await.map_err(|error| error.to_string())?.trust.state;
        if state == TrustState::Proved { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
}

fn script() -> Parts {
    let outputs: Value = json!([{ "name": "score", "shape": [1], "datatype": "FP32", "data": [0.25] }]);
    let says = json!({ "outputs": outputs, "latency_ms": 1, "load_ms": LOAD_MS });
    parts(json!({ "weld": { "1.0.0": says } }), json!([]))
}

/// An agent by its usual settings.
fn agent(region: &Client, server: &str, name: &str, of: &SoftBox, dir: &Path) -> AgentOptions {
    let (tpm, token) = (TpmAddress::Socket(of.at), Some(dir.join(format!("{name}.token"))));
    let proof = ProofOptions { tpm, log: boot_log(), token, endorsement_chain: Vec::new() };
    let register = options(region, name, dir).register;
    AgentOptions { register, proof: Some(proof), ..AgentOptions::new(server, name, dir.join(name)) }
}

/// Has the first box measure what it should not, and watches what comes of it.
async fn attack(tampered: &SoftBox, seen: &Seen, one: &Node, two: &Node) -> Took {
    tampered.extend(4, &[6; 32]);
    let (mut stopped, mut serving) = (None, None);
    while stopped.is_none() || serving.is_none() {
        if stopped.is_none() && one.status().await.replicas.is_empty() {
            stopped = Some(Instant::now());
        }
        if two.infer("line-0").await.is_ok() {
            serving = serving.or(Some(Instant::now()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seen = seen.0.lock().unwrap().clone();
    // The last one that was sent before the work stopped was the bad one.
    let bad = seen.iter().rev().find(|(sent, _)| *sent < stopped.unwrap()).unwrap();
    let since = |at: Option<Instant>| at.unwrap().duration_since(bad.0);
    Took { isolated: since(bad.1), stopped: since(stopped), serving: since(serving) }
}

async fn talk(region: Client, boxes: &[SoftBox; 2], number: u32, dir: &Path) -> Took {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relayed = format!("http://{}", listener.local_addr().unwrap());
    let far: SocketAddr = region.base().trim_start_matches("http://").parse().unwrap();
    let seen = Seen::default();
    let noted = seen.clone();
    let relaying = tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(relay(near, far, noted.clone()));
        }
    });
    region.put_model("weld", &model(&["1.0.0"])).await.unwrap();
    region.put_workload("line", &workload("weld", "*")).await.unwrap();
    let first = agent(&region, &relayed, "box-1", &boxes[0], dir);
    let second = agent(&region, region.base(), "box-2", &boxes[1], dir);
    let took = with_agent(first, script(), async |one| {
        enrolled(&region, "box-1", &dir.join("box-1.token")).await;
        one.until("line-0", |line| line.state == "running").await;
        let during = async |two: Node| {
            enrolled(&region, "box-2", &dir.join("box-2.token")).await;
            // Where between two ticks the proof comes is chance; fifty runs see all of it.
            tokio::time::sleep(Duration::from_millis(u64::from(number) * 37 % 200)).await;
            attack(&boxes[0], &seen, &one, &two).await
        };
        with_agent(second, script(), during).await
    })
    .await;
    relaying.abort();
    took
}

async fn run(boxes: &mut [SoftBox; 2], number: u32) -> Took {
    let dir = tempfile::tempdir().unwrap();
    let during = async |region: Client| talk(region, boxes, number, dir.path()).await;
    let took = with_region_ticking(asks(dir.path()), TICK, dir.path(), during).await;
    boxes.iter_mut().for_each(SoftBox::reboot);
    took
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let runs: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50);
    let dir = tempfile::tempdir().unwrap();
    let start = |name: &str| SoftBox::start(&dir.path().join(name));
    let (Some(one), Some(two)) = (start("tpm-1"), start("tpm-2")) else { return };
    let mut boxes = [one, two];
    let mut all = Vec::new();
    for number in 0..runs {
        all.push(run(&mut boxes, number).await);
    }
    let parts: [(&str, Part); 3] = [
        ("isolated: durable, and the agent is told", |took| took.isolated),
        ("drained: its agent has ended what it ran", |took| took.stopped),
        ("standby: loaded, probed, and has answered", |took| took.serving),
    ];
    println!(
        "From the bad proof on, {runs} runs, in ms; a tick is {} ms, loading takes {LOAD_MS} ms:",
        TICK.0
    );
    for (what, of) in parts {
        let mut times: Vec<u128> = all.iter().map(|took| of(took).as_millis()).collect();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100).clamp(1, times.len()) - 1];
        println!("{what}: least {}, p50 {}, p99 {}, most {}", at(0), at(50), at(99), at(100));
    }
}
