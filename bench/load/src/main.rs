//! `paceline-load`: a fleet that reports once a second and riders who order, against a running server, over HTTP.
//! Prints what was sent, what was refused, how long answers took, and what the server says of its rounds.
//! Rides are driven in fast motion: what is tested is the server's load, not the city.

mod api;
mod changes;
mod fleet;
mod ledger;
mod reads;
mod rides;
mod streets;
mod traffic;

use anyhow::Context as _;
use api::Api;
use clap::Parser;
use ledger::{Kind, Ledger};
use paceline_client::ApiKey;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use streets::Streets;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Puts a fleet and its riders on a running `paceline serve`, and says how it bore them. The exit code is 1 if anything
/// was refused or a round took longer than the bound at the 99th percentile.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Args {
    /// The server, by http:// or https://
    #[arg(long, visible_alias = "server", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The API key that every request carries: of role operator
    #[arg(long, env = "PACELINE_KEY", hide_env_values = true)]
    key: Option<ApiKey>,
    /// The authorities that are believed of an https:// server, in PEM [default: those that the system believes]
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Vehicles; each reports once a second
    #[arg(long, default_value_t = 10_000)]
    vehicles: u32,
    /// Vehicles whose reports travel together, as a gateway sends them
    #[arg(long, default_value_t = 100)]
    batch: u32,
    /// Orders a second
    #[arg(long, default_value_t = 50)]
    orders: u32,
    /// How long orders come in
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Longest round that passes, at the 99th percentile
    #[arg(long, default_value_t = 200.0)]
    round_p99_ms_max: f64,
    /// Time between two changes of the speed of every edge, all of them in one; 0: speeds do not change
    #[arg(long, default_value_t = 0)]
    traffic_every_ms: u64,
    /// Time between two readings of the whole world, list by list and page by page; 0: nobody reads
    #[arg(long, default_value_t = 0)]
    read_world_every_ms: u64,
    /// Fixes where vehicles stand and riders wait
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How long rides may take to end after the last order.
const RIDES_END: Duration = Duration::from_secs(45);

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(args.vehicles > 0 && args.batch > 0 && args.orders > 0, "nothing to send");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let passed = runtime.block_on(load(args))?;
    std::process::exit(i32::from(!passed));
}

async fn load(args: Args) -> anyhow::Result<bool> {
    let ledger = Arc::new(Ledger::default());
    let api = Api::new(&args, ledger.clone())?;
    let streets = Arc::new(Streets::fetch(&api).await.context("reading the streets: is the server up?")?);
    println!("{} vehicles join, on {} corners", args.vehicles, streets.corners());
    let fleet = fleet::join(&api, &streets, &args).await?;
    let before = api.metrics().await?;

    println!("{} s of {} reports and {} orders a second", args.seconds, args.vehicles, args.orders);
    let began = Instant::now();
    let mut background = JoinSet::new();
    for batch in fleet {
        background.spawn(batch.report_every_second(api.clone()));
    }
    background.spawn(changes::follow(api.clone(), args.seed));
    if args.traffic_every_ms > 0 {
        background.spawn(traffic::change(api.clone(), Duration::from_millis(args.traffic_every_ms)));
    }
    if args.read_world_every_ms > 0 {
        background.spawn(reads::read(api.clone(), Duration::from_millis(args.read_world_every_ms)));
    }
    let ordering = rides::order(&api, &streets, &args).await;
    let placed = ledger.count(Kind::Order);
    let deadline = Instant::now() + RIDES_END;
    while ledger.count(Kind::DroppedOff) < placed && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let reporting = began.elapsed();
    background.shutdown().await;

    let after = api.metrics().await?;
    println!("{}", ledger.table(ordering, reporting));
    let rounds = changes::rounds(&before, &after, &ledger);
    println!("{rounds}");
    println!("metrics       {:.0} customised and swapped", changes::metrics(&before, &after));
    let refused = ledger.refused();
    println!("refused       {refused}");
    Ok(refused == 0 && placed > 0 && rounds.p99_ms <= args.round_p99_ms_max)
}
