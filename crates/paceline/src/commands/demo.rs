//! `paceline demo`: the server, and a simulated city that speaks to it over its own HTTP API. `fleet` plays a day of riders and vehicles, `bikes`
//! days of shared bikes.

mod bikes;
mod fleet;

use anyhow::Context as _;
use paceline_model::Instant;
use paceline_serve::{AnyRegion, AuthOptions, Clock, ServeOptions, Server};
use paceline_sim::bikes::BikesScenario;
use paceline_sim::{Scenario, TimeOfDay};
use paceline_supervise::{Options, Scope, Supervisor};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Serves a simulated city: open the address that it prints. Vehicles drive real streets, riders ask for real trips,
/// batteries empty and are charged; every word between city and engine goes over the HTTP API. With `--bikes` riders take shared bikes and
/// leave them, and crews with vans bring them to where they are missed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline demo
  paceline demo --speed 60
  paceline demo --vehicles 1200 --start 08:00 --journal /tmp/day
  paceline demo --bikes
  paceline demo --bikes --vehicles 8 --speed 300")]
pub(crate) struct DemoArgs {
    /// Plays shared bikes: a week of Oslo, or what `--scenario` names
    #[arg(long)]
    bikes: bool,
    /// The scenario file, of a fleet or of shared bikes [default: data/manhattan/scenario.toml, data/bikes/oslo/scenario.toml]
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Engine seconds per second, 1 to 600 [default: 10, of bikes 60]
    #[arg(long)]
    speed: Option<f64>,
    /// The time of day at which it begins [default: 21:00, of bikes 07:00]
    #[arg(long, value_name = "HH:MM", value_parser = super::sim::time_of_day)]
    start: Option<TimeOfDay>,
    /// End after so many seconds instead of waiting for Ctrl-C
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// How many vehicles, or vans
    #[arg(long)]
    vehicles: Option<u32>,
    /// As many times the orders of the scenario
    #[arg(long, default_value_t = 1.0, conflicts_with = "bikes")]
    demand_scale: f64,
    /// Fixes all chance in the city
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listens on an address that other machines can reach although nobody is asked who they are: a proxy in front does that
    #[arg(long)]
    allow_unauthenticated: bool,
    /// Keeps the journal in this directory; without it the journal goes away with the demo
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

/// Requests that may wait in one lane: what is about one thing always takes the same lane, and so stays in order.
const LANE_LENGTH: usize = 1_024;
/// Longest sleep between two looks at the city.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Runs the command.
pub(crate) fn run(args: DemoArgs) -> anyhow::Result<()> {
    super::log("warn");
    let usual = if args.bikes { "data/bikes/oslo/scenario.toml" } else { "data/manhattan/scenario.toml" };
    let file = args.scenario.clone().unwrap_or_else(|| usual.into());
    let named = || {
        let file = file.display();
        format!("the demo needs {file}: run it from the project's folder, or name one with --scenario")
    };
    // What cannot be read is told by whoever reads it as a scenario.
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if args.bikes || BikesScenario::is_one(&text) {
        let scenario = BikesScenario::load(&file).with_context(named)?;
        return runtime.block_on(bikes::demo(&args, &scenario));
    }
    let scenario = Scenario::load(&file).with_context(named)?;
    runtime.block_on(fleet::demo(&args, &scenario))
}

impl DemoArgs {
    /// Errors: too slow or too fast to follow.
    fn speed(&self, usual: f64) -> anyhow::Result<f64> {
        let speed = self.speed.unwrap_or(usual);
        anyhow::ensure!((1.0..=600.0).contains(&speed), "--speed is {speed}: must lie within 1 and 600");
        Ok(speed)
    }

    fn start(&self, usual: (i8, i8)) -> TimeOfDay {
        self.start.unwrap_or(TimeOfDay::constant(usual.0, usual.1, 0, 0))
    }

    /// Where the journal lies; made by `temporary` where none is named.
    fn journal<'a>(&'a self, temporary: &'a tempfile::TempDir) -> &'a Path {
        self.journal.as_deref().unwrap_or(temporary.path())
    }

    /// A server of one region that listens.
    async fn server(&self, region: impl Into<AnyRegion>, clock: Clock) -> anyhow::Result<Server> {
        let options = ServeOptions { listen: self.listen, ..ServeOptions::default() };
        let auth =
            AuthOptions { allow_unauthenticated: self.allow_unauthenticated, ..AuthOptions::default() };
        Ok(Server::of(options, auth, region, clock).await?)
    }
}

/// Says where the demo is to be seen.
fn say_where(base: &str) {
    println!("look at {base}/   (API: {base}/openapi.json, figures: {base}/metrics; Ctrl-C ends it)");
}

/// A scope for the city, and who watches it.
fn city_scope() -> (Supervisor, Scope) {
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("demo");
    (supervisor, scope)
}

/// Lets server and city live until the time is over or somebody ends them: the city first, then the server.
async fn play(
    server: Server,
    (supervisor, scope): (Supervisor, Scope),
    seconds: Option<u64>,
) -> anyhow::Result<()> {
    let (ending, ended) = tokio::sync::oneshot::channel();
    let city_ends = async move {
        let closed = scope.run_until(end(seconds), Duration::from_secs(5)).await;
        // The server hears of the end only after the city is silent; its receiver lives as long as the server.
        _ = ending.send(());
        closed
    };
    let server_ends = server.run(async {
        _ = ended.await;
    });
    let (city, summary) = tokio::join!(city_ends, server_ends);
    println!(
        "ended: {} tasks of the city, {} of the server, none left; {} broken contracts reported",
        city.finished,
        summary.closed.finished,
        supervisor.reported() + summary.reported
    );
    anyhow::ensure!(city.is_clean(), "the city did not end well: {city:?}");
    super::all_ended(&summary)
}

async fn end(seconds: Option<u64>) {
    let timer = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = timer => {}
        () = super::asked_to_end() => {}
    }
}

/// How long to wait for what the city does next, in real time.
fn wait_for(clock: Clock, next: Option<Instant>) -> Duration {
    next.map_or(LOOK_EVERY, |next| clock.real(next.since(clock.now())).min(LOOK_EVERY))
}
