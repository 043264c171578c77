//! `paceline bikes`: what stands at stations and what is wrong there, which van has which work order, and why.

mod forecast;
mod import;
mod record;
mod report;
mod rides;

use super::edge_target::Target;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use forecast::ForecastArgs;
use import::ImportArgs;
use paceline_client::api::bikes::{
    Hotspot, NewLooseBike, NewLooseBikes, NewStation, NewStock, NewVan, NoRentalsView, SiteKind, StationView,
    Task, VanState, WorkOrderPhase, WorkOrderView,
};
use paceline_client::{Client, ClientError};
use record::RecordArgs;
use rides::RidesArgs;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Stations, vans and work orders of a bikes region, and why they stand as they do.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  paceline bikes put data/bikes/town.json
  paceline bikes hotspots
  paceline bikes stations --wrong
  paceline bikes work-orders
  paceline bikes why wo-12
  paceline bikes why N1
  paceline bikes withdraw wo-12 --reason 'the fair moves there'
  paceline bikes import https://gbfs.example/gbfs.json
  paceline bikes record --gbfs https://gbfs.example/gbfs.json --out history/
  paceline bikes rides 2025-06.csv.gz --stations stations.csv --zone Europe/Oslo")]
pub(crate) enum BikesCommand {
    /// Register the stations and vans of a file, and say what stands where
    Put(PutArgs),
    /// List stations: what is believed to stand there, what was counted and when, and what is wrong
    Stations(StationsArgs),
    /// List stations where something is wrong, the longest first, with who is on the way
    Hotspots(Target),
    /// List vans: what is aboard, and what their crews have before them
    Vans(Target),
    /// List work orders that have not ended
    WorkOrders(WorkOrdersArgs),
    /// Say why a work order is with whom it is, or why a station has one or none
    Why(NamedArgs),
    /// Withdraw a work order
    Withdraw(WithdrawArgs),
    /// Judge the forecast of rentals and returns on a history of snapshots, beside the seasonal mean
    Forecast(ForecastArgs),
    /// Read a GBFS feed once, and say what stands where, what is short or full, and what is odd
    Import(ImportArgs),
    /// Poll a GBFS feed and write down what its stations report: a history that `paceline sim` plays
    Record(RecordArgs),
    /// Read trip files: which rows are rides, why the others are not, and what is odd
    Rides(RidesArgs),
}

/// A file of things to register.
#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    #[command(flatten)]
    target: Target,
    /// JSON with `stations` and `vans`, each by name, and the lists `stock` and `bikes`: all bikes that stand at no station
    file: PathBuf,
}

/// What such a file holds, each as the API takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Town {
    stations: BTreeMap<String, NewStation>,
    vans: BTreeMap<String, NewVan>,
    stock: Vec<NewStock>,
    bikes: Vec<NewLooseBike>,
}

/// Which stations.
#[derive(Debug, Args)]
pub(crate) struct StationsArgs {
    #[command(flatten)]
    target: Target,
    /// Only those where something is wrong
    #[arg(long)]
    wrong: bool,
}

/// Which work orders.
#[derive(Debug, Args)]
pub(crate) struct WorkOrdersArgs {
    #[command(flatten)]
    target: Target,
    /// Those too that ended within a day
    #[arg(long)]
    all: bool,
}

/// Something of a region, by its name.
#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    #[command(flatten)]
    target: Target,
    /// A work order (`wo-12`) or a station
    name: String,
}

/// A work order, and why it is not wanted.
#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    target: Target,
    /// The work order
    name: String,
    /// Words for its crew
    #[arg(long, default_value = "")]
    reason: String,
}

/// Runs the command.
pub(crate) fn run(command: BikesCommand) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            BikesCommand::Put(args) => put(&args.target.client()?, &args.file).await,
            BikesCommand::Stations(args) => stations(&args.target.client()?, args.wrong).await,
            BikesCommand::Hotspots(target) => hotspots(&target.client()?).await,
            BikesCommand::Vans(target) => vans(&target.client()?).await,
            BikesCommand::WorkOrders(args) => work_orders(&args.target.client()?, args.all).await,
            BikesCommand::Why(args) => why(&args.target.client()?, &args.name).await,
            BikesCommand::Withdraw(args) => {
                args.target.client()?.withdraw_work_order(&args.name, &args.reason).await?;
                println!("{}: withdrawn", args.name);
                Ok(())
            }
            // It asks no server, so nothing waits for it here.
            BikesCommand::Forecast(args) => forecast::run(args),
            BikesCommand::Rides(args) => rides::run(&args),
            BikesCommand::Import(args) => import::run(&args).await,
            BikesCommand::Record(args) => record::run(&args).await,
        }
    })
}

/// Reports that go out at once: a server takes so many in one batch as it is configured.
const BATCH: usize = 500;

async fn put(client: &Client, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let town: Town = serde_json::from_slice(&text).with_context(|| format!("reading {}", file.display()))?;
    for (id, station) in &town.stations {
        client.put_station(id, station).await.with_context(|| format!("station {id}"))?;
    }
    for (id, van) in &town.vans {
        client.put_van(id, van).await.with_context(|| format!("van {id}"))?;
    }
    let mut taken = 0;
    for batch in town.stock.chunks(BATCH) {
        let said = client.take_stock(batch).await.context("what stands at stations")?;
        taken += said.taken;
        said.unknown_stations.iter().for_each(|station| eprintln!("{station} is no station that is known"));
    }
    if !town.bikes.is_empty() {
        let all = NewLooseBikes { as_of: None, bikes: town.bikes };
        let said = client.take_bikes(&all).await.context("bikes that stand at no station")?;
        println!("{} bikes on the street, in {} cells", said.bikes, said.cells);
    }
    println!("{} stations, {} vans, {taken} counts", town.stations.len(), town.vans.len());
    Ok(())
}

/// A number, or a dash where nobody knows.
fn known(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

async fn stations(client: &Client, wrong: bool) -> anyhow::Result<()> {
    println!(
        "{:<20} {:>5} {:>7} {:>5}  {:<24} what is wrong",
        "station", "bikes", "counted", "free", "as of"
    );
    let rows = client.stations().await?.rows;
    for station in rows.iter().filter(|station| !wrong || station.hotspot.is_some()) {
        let (bikes, counted, free) =
            (known(station.bikes), known(station.bikes_reported), known(station.docks_free));
        let as_of = known(station.counted_at);
        println!("{:<20} {bikes:>5} {counted:>7} {free:>5}  {as_of:<24} {}", station.id, state(station));
    }
    Ok(())
}

/// What is to be said of a station.
fn state(station: &StationView) -> String {
    let mut said = Vec::new();
    said.extend((station.spec.kind == SiteKind::Cell).then(|| "on the street".to_owned()));
    said.extend(station.hotspot.map(|hotspot| words(hotspot).to_owned()));
    let service = station.service;
    if station.closed {
        said.push("closed by an operator".to_owned());
    } else if !(service.on_street && service.renting && service.returning) {
        let parts = [
            (service.on_street, "not on the street"),
            (service.renting, "no rentals"),
            (service.returning, "no returns"),
        ];
        said.extend(parts.into_iter().filter(|(open, _)| !open).map(|(_, words)| words.to_owned()));
    }
    said.extend(station.unknown.clone());
    if !station.work_orders.is_empty() {
        said.push(station.work_orders.join(", "));
    }
    said.join("; ")
}

fn words(hotspot: Hotspot) -> &'static str {
    match hotspot {
        Hotspot::Empty => "empty",
        Hotspot::Full => "full",
        Hotspot::BelowLeast => "below least",
        Hotspot::DocksBroken => "docks broken",
        Hotspot::GivesNone => "gives none",
        Hotspot::LowBatteries => "low battery",
    }
}

async fn hotspots(client: &Client) -> anyhow::Result<()> {
    let mut rows = client.hotspots().await?.rows;
    rows.sort_by_key(|hotspot| hotspot.since);
    println!("{:<20} {:<12} {:<24} {:>5} {:>5}  work orders", "station", "what", "since", "bikes", "free");
    for hotspot in rows {
        let (bikes, free) = (known(hotspot.bikes), known(hotspot.docks_free));
        let orders = match (hotspot.work_orders.is_empty(), hotspot.vans.is_empty()) {
            (true, _) => "none".to_owned(),
            (false, true) => format!("{}, no van has it", hotspot.work_orders.join(", ")),
            (false, false) => format!("{} ({})", hotspot.work_orders.join(", "), hotspot.vans.join(", ")),
        };
        let since = hotspot.since.to_string();
        println!(
            "{:<20} {:<12} {since:<24} {bikes:>5} {free:>5}  {orders}",
            hotspot.station,
            words(hotspot.what)
        );
        if let Some(silence) = hotspot.silence {
            println!("{:<20} {}", "", evidence(&silence));
        }
    }
    Ok(())
}

/// Departures that did not happen, in words.
fn evidence(silence: &NoRentalsView) -> String {
    let NoRentalsView { rentals_expected, rentals, one_in, .. } = silence;
    let well = one_in.map(|one_in| format!(": so quiet is a station that is well once in {one_in} rentals"));
    format!("{rentals_expected:.1} rentals expected since, {rentals} seen{}", well.unwrap_or_default())
}

async fn vans(client: &Client) -> anyhow::Result<()> {
    for van in client.vans().await?.rows {
        let state = match (van.state, van.off_shift) {
            (VanState::BrokenDown, _) => ", broken down",
            (VanState::Working, true) => ", its shift is over",
            (VanState::Working, false) => "",
        };
        println!("{}: {} of {} bikes aboard{state}", van.id, van.aboard, van.spec.capacity);
        for stop in van.stops {
            let what = match stop.task {
                Task::Collect | Task::Deliver => {
                    format!("{} {} bikes", task(stop.task), stop.bikes)
                }
                Task::SwapBattery => format!("{} of {} bikes", task(stop.task), stop.bikes),
                other => task(other).to_owned(),
            };
            let name = stop.name.map(|name| format!(" ({name})")).unwrap_or_default();
            println!(
                "  {} {what} at {}{name}, {}: {}",
                stop.work_order,
                stop.station,
                phase(stop.phase),
                stop.why
            );
            for bike in stop.loose_bikes {
                println!("    {} at {:.5}, {:.5}", bike.id, bike.position.lat, bike.position.lon);
            }
        }
    }
    Ok(())
}

fn task(task: Task) -> &'static str {
    match task {
        Task::Collect => "collect",
        Task::Deliver => "deliver",
        Task::Inspect => "inspect",
        Task::SwapBattery => "swap batteries",
        Task::Repair => "repair",
    }
}

fn phase(phase: WorkOrderPhase) -> &'static str {
    match phase {
        WorkOrderPhase::Proposed => "proposed",
        WorkOrderPhase::Issued => "issued",
        WorkOrderPhase::Accepted => "accepted",
        WorkOrderPhase::UnderWay => "under way",
        WorkOrderPhase::Done => "done",
        WorkOrderPhase::Withdrawn => "withdrawn",
    }
}

async fn work_orders(client: &Client, all: bool) -> anyhow::Result<()> {
    let mut rows: Vec<WorkOrderView> =
        if all { client.work_orders().await?.rows } else { client.open_work_orders().await?.rows };
    rows.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
    println!(
        "{:<10} {:<10} {:<14} {:<16} {:>7} {:<10} last",
        "order", "phase", "task", "station", "bikes", "van"
    );
    for order in rows {
        let bikes = format!("{}-{}", order.bikes.least, order.bikes.most);
        let last = order.steps.last().map(|step| format!("{} {}", step.at, step.what)).unwrap_or_default();
        println!(
            "{:<10} {:<10} {:<14} {:<16} {bikes:>7} {:<10} {last}",
            order.id,
            phase(order.phase),
            task(order.task),
            order.station,
            known(order.van)
        );
    }
    Ok(())
}

/// A work order if there is one of that name, or a station.
async fn why(client: &Client, name: &str) -> anyhow::Result<()> {
    let words = match client.explain_work_order(name).await {
        Ok(explained) => explained.words,
        Err(ClientError::Refused { .. }) => {
            let explained = client.explain_station(name).await;
            explained.with_context(|| format!("{name} is no work order and no station"))?.words
        }
        Err(error) => return Err(error.into()),
    };
    println!("{words}");
    Ok(())
}
