//! `paceline-overload`: finds the rate of new orders that a running server sustains, sends several times that rate, and says what became of
//! whom: the orders that were let in, those that were turned away, and the trips that went on meanwhile.
//!
//! The loop is open: an order is due when it is due, whatever became of those before it, and its time counts from then. Nobody repeats
//! what was turned away.

mod flood;
mod trips;

use anyhow::Context as _;
use clap::Parser;
use flood::Flood;
use paceline_client::{Client, ClientOptions};
use paceline_load::answers::Answers;
use std::process::ExitCode;
use std::time::Duration;
use trips::Trips;

/// Sends more orders than a running `paceline serve` can take. The exit code is 1 if those that were let in waited more than twice as
/// long, at the 99th percentile, as at the sustained rate, or anything else was not as it should be.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Args {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Orders a second of the first step; each next one sends a tenth more
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// A rate is sustained if all orders are taken and 99 of 100 are answered within so many milliseconds
    #[arg(long, default_value_t = 100)]
    sustained_p99_ms: u64,
    /// How many times the sustained rate
    #[arg(long, default_value_t = 3)]
    times: u32,
    /// Seconds of each step of the search, and of each of the two runs that are compared
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Connections
    #[arg(long, default_value_t = 1_024)]
    connections: usize,
    /// Trips that go on beside each run
    #[arg(long, default_value_t = 200)]
    trips: usize,
}

/// What came before has passed.
const CALM: Duration = Duration::from_secs(6);
/// At overload the 99th percentile of what is let in may be so many times that at the sustained rate.
const SLOWER_MAX: f64 = 2.0;

fn main() -> anyhow::Result<ExitCode> {
    paceline_load::judged(run(&Args::parse()))
}

/// Returns what is not as it should be.
async fn run(args: &Args) -> anyhow::Result<Vec<String>> {
    let client = Client::new(&args.url, ClientOptions::default())?;
    let corners = corners(&client).await.context("reading the streets: is the server up?")?;
    let trips = Trips::begin(&client, &corners, args.trips).await?;
    let flood = Flood::connect(args, &corners).await?;
    let rate = sustained(args, &flood).await?;
    tokio::time::sleep(CALM).await;
    let (before, arrived) = beside(&flood, rate, args.seconds, trips.arrive(args.seconds)).await?;
    println!("{rate}/s, sustained: {before}\n  trips beside it: {arrived}");
    tokio::time::sleep(CALM).await;
    let over = rate * args.times;
    let (after, picked_up) = beside(&flood, over, args.seconds, trips.pick_up(args.seconds)).await?;
    println!("{over}/s, {} times that: {after}\n  trips beside it: {picked_up}", args.times);
    let slower = after.taken_p99_ms() / before.taken_p99_ms();
    println!("99th percentile of what was let in: {slower:.2} times that at the sustained rate");
    tokio::time::sleep(CALM).await;
    let calm = flood.send(rate / 2, 2).await?;
    println!("{}/s after it: {calm}", rate / 2);
    Ok(wrong(slower, &after, [&arrived, &picked_up, &calm]))
}

fn wrong(slower: f64, over: &Answers, taken: [&Answers; 3]) -> Vec<String> {
    let mut wrong = Vec::new();
    if slower > SLOWER_MAX {
        wrong.push(format!("what was let in took {slower:.2} times as long, not {SLOWER_MAX} at most"));
    }
    if over.turned_away() == 0 {
        wrong.push("nothing was turned away: it was no flood".to_owned());
    }
    if over.neither() > 0 {
        wrong.push("not everything was taken, or turned away with Retry-After".to_owned());
    }
    if taken.iter().any(|answers| !answers.all_taken()) {
        wrong.push("not every trip, or not every order after the flood, was taken".to_owned());
    }
    wrong
}

/// The highest rate at which all is taken in time.
async fn sustained(args: &Args, flood: &Flood) -> anyhow::Result<u32> {
    let (mut best, mut rate) = (None, args.rate);
    loop {
        let answers = flood.send(rate, args.seconds).await?;
        println!("{rate}/s: {answers}");
        if !answers.all_taken() || answers.taken_p99_ms() > args.sustained_p99_ms as f64 {
            return best.with_context(|| format!("not even {rate} orders a second are sustained"));
        }
        best = Some(rate);
        rate += rate / 10;
        tokio::time::sleep(CALM).await;
    }
}

async fn beside(
    flood: &Flood,
    rate: u32,
    seconds: u64,
    trips: impl Future<Output = Answers>,
) -> anyhow::Result<(Answers, Answers)> {
    let (answers, trips) = tokio::join!(flood.send(rate, seconds), trips);
    Ok((answers?, trips))
}

async fn corners(client: &Client) -> anyhow::Result<Vec<paceline_api::Place>> {
    let streets = client.streets().await?.streets;
    let pairs = streets.iter().flat_map(|street| street.chunks_exact(2));
    let corners: Vec<_> = pairs.map(|pair| paceline_api::Place { lat: pair[0], lon: pair[1] }).collect();
    anyhow::ensure!(corners.len() > 1, "the server draws no streets");
    Ok(corners)
}
