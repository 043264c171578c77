//! The soak: 2,000 vehicles connect, work, fault, reconnect and vanish while 20,000 orders live and die over real HTTP. Then the
//! server is left alone, and its tasks must be exactly those that it had before anybody came; its memory must be within
//! 10 % of what it was after the warm-up; and nobody may have broken a contract.
//!
//! `cargo run --release -p paceline-soak`. The server is a process of its own, so that its memory is only its own. Its
//! clock runs 3,600 times as fast: what it keeps for a day it has forgotten after 24 s.

mod city;
mod counts;
mod level;
mod report;
mod server;

use anyhow::Context as _;
use city::City;
use clap::Parser;
use level::Level;
use report::Report;
use server::Served;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
pub(crate) struct Args {
    /// Vehicles that come and go
    #[arg(long, default_value_t = 2_000)]
    vehicles: usize,
    /// Orders of the soak itself
    #[arg(long, default_value_t = 20_000)]
    orders: usize,
    /// Orders of the warm-up before it. As many: what an allocator keeps goes by the most that it ever gave out
    #[arg(long, default_value_t = 20_000)]
    warm_up: usize,
    /// Seed of who does what
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The road network
    #[arg(long, default_value = "data/manhattan/network.json.gz")]
    roads: PathBuf,
    /// Where the report goes, as JSON
    #[arg(long, default_value = "target/soak.json")]
    report: PathBuf,
    /// Be the server; used by the soak itself
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

/// The engine's seconds in one of ours.
pub(crate) const SPEED: f64 = 3_600.0;
/// A day of the engine and a little more: then it has forgotten what ended.
const A_DAY: Duration = Duration::from_secs(26);
/// Connections end, timers run out.
const SETTLE: Duration = Duration::from_secs(6);

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(journal) = &args.serve {
        runtime.block_on(server::run(&args.roads, journal))?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = runtime.block_on(soak(&args))?;
    let json = serde_json::to_string_pretty(&report)?;
    std::fs::write(&args.report, json).with_context(|| format!("writing {}", args.report.display()))?;
    print!("{report}");
    println!("the report is in {}", args.report.display());
    Ok(if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn soak(args: &Args) -> anyhow::Result<Report> {
    let server = Served::start(&args.roads).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = Level::of(&server).await?;
    let mut city = City::new(&server, args.vehicles, args.seed, &args.roads)?;
    city.live(args.warm_up).await.context("warming up")?;
    let warm = quiet(&server, &mut city).await?;
    city.live(args.orders).await.context("soaking")?;
    let busy = Level::of(&server).await?;
    let end = quiet(&server, &mut city).await?;
    let done = city.done();
    let stopped = server.stop().await?;
    Ok(Report::new(args, done, [idle, warm, busy, end], stopped))
}

/// Everybody leaves, and a day passes.
async fn quiet(server: &Served, city: &mut City) -> anyhow::Result<Level> {
    city.leave().await.context("leaving")?;
    tokio::time::sleep(A_DAY).await;
    // What ended is forgotten when the next one ends.
    city.one_that_dies().await?;
    tokio::time::sleep(SETTLE).await;
    Level::of(server).await
}
