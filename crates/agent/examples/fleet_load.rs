//! Many agents against one server, over real HTTP: `cargo run --release -p paceline-agent --example fleet_load -- 2000 60`.
//!
//! Each agent is light and speaks as the real one does: it waits for what is placed on its node over one connection, and over another reports each 10 s
//! temperatures that have changed and what it runs, with counters. Half of the nodes run a replica, and a rollout is under way. The server is a process of
//! its own, this program once more, whose processor time the system counts.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench")]

use paceline_client::api::edge::{NewRollout, NodeReport, PlacementView};
use paceline_client::{Client, ClientOptions};
use paceline_engine::edge::EdgeOptions;
use paceline_model::RegionId;
use paceline_serve::{AuthOptions, Clock, EdgeSpec, ServeOptions, Server};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Time between two reports of an agent.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// How long an agent lets the region wait.
const WAIT: Duration = Duration::from_secs(50);
/// Requests that a replica serves between two reports.
const SERVED: u64 = 100;

/// What the agents met with.
#[derive(Default)]
struct Counts {
    reports: AtomicU64,
    refused: AtomicU64,
    orders: AtomicU64,
}

/// Serves an edge region by its usual settings until standard input ends.
async fn serve(dir: &Path) {
    let options =
        ServeOptions { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ..ServeOptions::default() };
    let spec = EdgeSpec {
        name: RegionId::new("main").unwrap(),
        options: EdgeOptions::default(),
        journal: dir.into(),
        journal_identity: None,
        read_options: None,
    };
    let server = Server::of(options, AuthOptions::default(), spec, Clock::Real).await.unwrap();
    println!("{}", server.url());
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        _ = std::io::stdin().read_to_end(&mut Vec::new());
        _ = end.send(());
    });
    server.run(async { _ = ended.await }).await;
}

fn node(number: usize) -> Value {
    json!({ "architecture": "amd64", "cpu_milli": 4_000, "memory_mib": 8_192, "place": { "zone": format!("z{}", number % 8) } })
}

fn replica(view: &PlacementView, served: u64) -> Option<Value> {
    let bound = view.bound.as_ref()?;
    Some(
        json!({ "replica": view.id, "version": bound.version, "precision": bound.precision, "state": "running",
        "probe": { "right": true, "latency_ms": 8 }, "served": { "requests": served, "errors": 0 } }),
    )
}

/// Waits for orders until the end of the program.
async fn waits(client: Client, name: String, placed: Arc<Mutex<Vec<PlacementView>>>, counts: Arc<Counts>) {
    let mut known: Option<String> = None;
    loop {
        match client.await_placements(&name, known.as_deref(), WAIT).await {
            Ok(answer) => {
                known = Some(answer.revision);
                if let Some(all) = answer.placements {
                    counts.orders.fetch_add(1, Relaxed);
                    *placed.lock().unwrap() = all;
                }
            }
            Err(_) => {
                counts.refused.fetch_add(1, Relaxed);
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}

/// Reports until the end of the program.
async fn reports(client: Client, number: usize, placed: Arc<Mutex<Vec<PlacementView>>>, counts: Arc<Counts>) {
    let name = format!("n{number:05}");
    // All of ten seconds is used.
    tokio::time::sleep(Duration::from_millis(number as u64 * 7_919 % 10_000)).await;
    let mut due = tokio::time::interval(REPORT_EVERY);
    let (mut turn, mut served) = (0_u64, 0);
    loop {
        due.tick().await;
        (turn, served) = (turn + 1, served + SERVED);
        let replicas: Vec<Value> =
            placed.lock().unwrap().iter().filter_map(|view| replica(view, served)).collect();
        let celsius = 50.0 + ((turn + number as u64) % 8) as f64;
        let report: NodeReport = serde_json::from_value(json!({ "node": name, "replicas": replicas,
            "temperatures": [{ "sensor": "cpu", "celsius": celsius }], "round_trip_ms": 9 }))
        .unwrap();
        match client.report_nodes(&[report]).await {
            Ok(_) => counts.reports.fetch_add(1, Relaxed),
            Err(_) => counts.refused.fetch_add(1, Relaxed),
        };
    }
}

/// Processor time of a process so far, in seconds. Source: proc(5), `utime` and `stime`, in hundredths.
fn processor_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_024
}

async fn load(agents: usize, seconds: u64) {
    let dir = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program)
        .arg("serve")
        .arg(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base = line.trim().to_owned();
    let options = || ClientOptions { connections_idle_max: 1, ..ClientOptions::once() };
    let operator = Client::new(&base, ClientOptions::default()).unwrap();
    let version = |version: &str| json!({ "version": version, "variants": [{ "precision": "int8", "size_mib": 4, "memory_mib": 64, "latency_ms": 8, "accuracy_permille": 930 }] });
    let versions = serde_json::from_value(json!({ "versions": [version("1.0.0")] })).unwrap();
    operator.put_model("weld", &versions).await.unwrap();
    for number in 0..agents {
        let spec = serde_json::from_value(node(number)).unwrap();
        operator.put_node(&format!("n{number:05}"), &spec).await.unwrap();
    }
    let workload = json!({ "model": "weld", "version": ">=1", "precision": "int8", "cpu_milli": 3_000, "memory_mib": 256, "replicas": agents / 2 });
    operator.put_workload("line", &serde_json::from_value(workload).unwrap()).await.unwrap();
    let counts = Arc::new(Counts::default());
    for number in 0..agents {
        let (placed, client) = (Arc::default(), Client::new(&base, options()).unwrap());
        tokio::spawn(waits(client.clone(), format!("n{number:05}"), Arc::clone(&placed), counts.clone()));
        tokio::spawn(reports(client, number, placed, counts.clone()));
    }
    tokio::time::sleep(Duration::from_secs(25)).await;
    let versions =
        serde_json::from_value(json!({ "versions": [version("1.0.0"), version("2.0.0")] })).unwrap();
    operator.put_model("weld", &versions).await.unwrap();
    let rollout: NewRollout =
        serde_json::from_value(json!({ "workload": "line", "version": "2.0.0", "unavailable_max": 16 }))
            .unwrap();
    operator.start_rollout(&rollout).await.unwrap();
    let (began, before) = (Instant::now(), processor_s(child.id()));
    let count = |of: &AtomicU64| of.load(Relaxed);
    let (reports, orders) = (count(&counts.reports), count(&counts.orders));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let took = began.elapsed().as_secs_f64();
    let cores = (processor_s(child.id()) - before) / took;
    println!(
        "{agents} agents, {took:.0} s, a rollout under way: {cores:.3} cores, {} MiB, {} reports, {} words of what to run, {} refused since the start",
        resident_mib(child.id()),
        count(&counts.reports) - reports,
        count(&counts.orders) - orders,
        count(&counts.refused)
    );
    let rollout = operator.rollout("line").await.unwrap();
    println!("the rollout: {}", rollout.summary.phase);
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1);
    let first = args.next().unwrap_or_else(|| "2000".into());
    if first == "serve" {
        return serve(Path::new(&args.next().unwrap())).await;
    }
    load(first.parse().unwrap(), args.next().and_then(|text| text.parse().ok()).unwrap_or(60)).await;
}
