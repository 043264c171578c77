//! What `paceline demo` is told, and what follows from it whatever is played.

use paceline_serve::{AnyRegion, AuthOptions, Clock, ServeOptions, Server};
use paceline_sim::TimeOfDay;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
    pub(super) bikes: bool,
    /// The scenario file, of a fleet or of shared bikes [default: data/manhattan/scenario.toml, data/bikes/oslo/scenario.toml]
    #[arg(long)]
    pub(super) scenario: Option<PathBuf>,
    /// Engine seconds per second, 1 to 600 [default: 10, of bikes 60]
    #[arg(long)]
    pub(super) speed: Option<f64>,
    /// The time of day at which it begins [default: 21:00, or when the scenario begins, of bikes 07:00]
    #[arg(long, value_name = "HH:MM", value_parser = crate::commands::sim::time_of_day)]
    pub(super) start: Option<TimeOfDay>,
    /// End after so many seconds instead of waiting for Ctrl-C
    #[arg(long = "for", value_name = "SECONDS")]
    pub(super) seconds: Option<u64>,
    /// How many vehicles, or vans
    #[arg(long)]
    pub(super) vehicles: Option<u32>,
    /// As many times the orders of the scenario
    #[arg(long, default_value_t = 1.0, conflicts_with = "bikes")]
    pub(super) demand_scale: f64,
    /// Fixes all chance in the city
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// Listens on an address that other machines can reach although nobody is asked who they are: a proxy in front does that
    #[arg(long)]
    pub(super) allow_unauthenticated: bool,
    /// Keeps the journal in this directory; without it the journal goes away with the demo
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
}

impl DemoArgs {
    /// Errors: too slow or too fast to follow.
    pub(super) fn speed(&self, usual: f64) -> anyhow::Result<f64> {
        let speed = self.speed.unwrap_or(usual);
        anyhow::ensure!((1.0..=600.0).contains(&speed), "--speed is {speed}: must lie within 1 and 600");
        Ok(speed)
    }

    pub(super) fn start(&self, usual: (i8, i8)) -> TimeOfDay {
        self.start.unwrap_or(TimeOfDay::constant(usual.0, usual.1, 0, 0))
    }

    /// Where the journal lies; made by `temporary` where none is named.
    pub(super) fn journal<'a>(&'a self, temporary: &'a tempfile::TempDir) -> &'a Path {
        self.journal.as_deref().unwrap_or(temporary.path())
    }

    /// A server of one region that listens.
    pub(super) async fn server(&self, region: impl Into<AnyRegion>, clock: Clock) -> anyhow::Result<Server> {
        let options = ServeOptions { listen: self.listen, ..ServeOptions::default() };
        let auth =
            AuthOptions { allow_unauthenticated: self.allow_unauthenticated, ..AuthOptions::default() };
        Ok(Server::of(options, auth, region, clock).await?)
    }
}
