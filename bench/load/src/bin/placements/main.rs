//! `paceline-placements`: workloads that come and go on a running edge region in an open loop, each of one replica. Says how long it took from
//! when a workload was due until the stream told where it runs.

mod board;
mod cluster;
mod flow;

use anyhow::Context as _;
use board::{Board, Placed};
use clap::Parser;
use paceline_client::{Client, ClientOptions};
use paceline_load::answers::Answers;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Puts workloads on a running `paceline serve` of one edge region, and takes each away again after some time. The exit code is 1 if a
/// workload was refused or found no place, or if the 99th percentile of the time to its place is beyond the bound.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Args {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Nodes, of four GPUs each
    #[arg(long, default_value_t = 1_213)]
    nodes: u32,
    /// Workloads a second
    #[arg(long, default_value_t = 5_000)]
    rate: u32,
    /// Seconds for which they come
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Milliseconds from when a workload comes until it goes
    #[arg(long, default_value_t = 500)]
    lasts_ms: u32,
    /// Connections
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Longest time to a place that passes, at the 99th percentile
    #[arg(long, default_value_t = 50)]
    p99_ms_max: u64,
}

/// Longest that the last places are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> anyhow::Result<ExitCode> {
    paceline_load::judged(run(&Args::parse()))
}

/// Returns what is not as it should be.
async fn run(args: &Args) -> anyhow::Result<Vec<String>> {
    let client = Client::new(&args.url, ClientOptions::default())?;
    cluster::register(&client, args.nodes).await.context("registering nodes: is an edge region served?")?;
    let mut stream = client.stream(None);
    stream.begin().await?;
    let board = Arc::new(Board::new(args.rate, args.seconds));
    let mut watching = JoinSet::new();
    watching.spawn(flow::watch(stream, board.clone()));
    let answers = flow::send(args, &board).await?;
    board.all_placed(PATIENCE).await;
    watching.shutdown().await;
    let placed = board.placed();
    println!("{}/s for {} s, on {} nodes: {answers}", args.rate, args.seconds, args.nodes);
    println!("  from due to placed, as the stream tells it: {placed}");
    Ok(wrong(args, &answers, &placed))
}

fn wrong(args: &Args, answers: &Answers, placed: &Placed) -> Vec<String> {
    let mut wrong = Vec::new();
    if !answers.all_taken() {
        wrong.push("not every workload was taken".to_owned());
    }
    if placed.missing > 0 {
        wrong.push(format!("{} workloads have no place", placed.missing));
    }
    if placed.p99_ms() > args.p99_ms_max as f64 {
        wrong.push(format!("the 99th percentile is beyond {} ms", args.p99_ms_max));
    }
    wrong
}
