//! `paceline demo`: the server, and a simulated city that speaks to it over its own HTTP API.

use crate::{client, heard};
use anyhow::Context as _;
use paceline_client::{Client, ClientOptions, StreamItem};
use paceline_engine::Change;
use paceline_model::{Command, Instant, Millis, Reading, Refusal, RegionId, VehicleId};
use paceline_serve::{AuthOptions, Clock, RegionSpec, ServeOptions, Server};
use paceline_sim::scenario::Reports;
use paceline_sim::{Act, City, Day, Draw, Scenario, TimeOfDay};
use paceline_supervise::{Options, Spawner, Supervisor, Until};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Serves a simulated city: open the address that it prints. Vehicles drive real streets, riders ask for real trips,
/// batteries empty and are charged; every word between city and engine goes over the HTTP API.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline demo
  paceline demo --speed 60
  paceline demo --vehicles 1200 --start 08:00 --journal /tmp/day")]
pub(crate) struct DemoArgs {
    /// The scenario file
    #[arg(long, default_value = "data/manhattan/scenario.toml")]
    scenario: PathBuf,
    /// Engine seconds per second, 1 to 600
    #[arg(long, default_value_t = 10.0)]
    speed: f64,
    /// The time of day at which it begins
    #[arg(long, value_name = "HH:MM", default_value = "21:00", value_parser = super::sim::time_of_day)]
    start: TimeOfDay,
    /// End after so many seconds instead of waiting for Ctrl-C
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// How many vehicles
    #[arg(long)]
    vehicles: Option<u32>,
    /// As many times the orders of the scenario
    #[arg(long, default_value_t = 1.0)]
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

/// Requests under way at once. What is about one vehicle or order always takes the same lane, and so stays in order.
const LANES: usize = 16;
/// Requests that may wait in one lane.
const LANE_LENGTH: usize = 1_024;
/// Longest sleep between two looks at the city.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Time between two lines of progress.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Runs the command.
pub(crate) fn run(args: DemoArgs) -> anyhow::Result<()> {
    super::log("warn");
    anyhow::ensure!(
        (1.0..=600.0).contains(&args.speed),
        "--speed is {}: must lie within 1 and 600",
        args.speed
    );
    let scenario = Scenario::load(&args.scenario).with_context(|| {
        let file = args.scenario.display();
        format!("the demo needs {file}: run it from the project's folder, or name one with --scenario")
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(demo(args, scenario))
}

async fn demo(args: DemoArgs, scenario: Scenario) -> anyhow::Result<()> {
    let roads = Arc::new(scenario.open_roads()?);
    let draw = Draw {
        vehicles: args.vehicles,
        demand_scale: args.demand_scale,
        seed: args.seed,
        from: Some(args.start),
        ..Draw::default()
    };
    let day = Day::draw(&scenario, &roads, &draw)?;
    let (origin, vehicles, trips) = (day.start, day.vehicles.len(), day.trips.len());
    let mut city = City::new(&scenario, roads.clone(), day, args.seed);
    city.report_every(reports(args.speed));
    let temporary = tempfile::tempdir()?;
    let journal = args.journal.as_deref().unwrap_or(temporary.path());
    let clock = Clock::scaled(origin, args.speed);
    let options = ServeOptions { listen: args.listen, ..ServeOptions::default() };
    let auth = AuthOptions { allow_unauthenticated: args.allow_unauthenticated, ..AuthOptions::default() };
    let region = RegionSpec::new(RegionId::new("main")?, scenario.fleet.clone(), roads, journal);
    let server = Server::of(options, auth, region, clock).await?;
    let base = server.url();
    println!(
        "{}: {vehicles} vehicles, {trips} trips from {} on, {} times as fast",
        scenario.name, args.start, args.speed
    );
    println!("look at {base}/   (API: {base}/openapi.json, figures: {base}/metrics; Ctrl-C ends it)");

    let client = Client::new(&base, ClientOptions::default())?;
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("demo");
    start(&scope, city, clock, client);
    let (ending, ended) = tokio::sync::oneshot::channel();
    let city_ends = async move {
        let closed = scope.run_until(end(args.seconds), Duration::from_secs(5)).await;
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

/// Lets the city live: on a thread of its own, with lanes to the server and an ear for what it publishes.
fn start(scope: &Spawner, city: City, clock: Clock, client: Client) {
    let (refused_to, refused) = mpsc::channel(LANE_LENGTH);
    let (heard_to, heard) = mpsc::channel(LANE_LENGTH);
    let lanes = (0..LANES).map(|_| lane(scope, client.clone(), refused_to.clone())).collect();
    let readings = telemetry_lane(scope, client.clone());
    let told = Told { lanes, readings };
    let (listen, token) = (client, scope.token());
    scope.spawn("listen", Until::Owner, async move {
        tokio::select! {
            () = token.cancelled() => Ok(()),
            ended = listen_to(listen, heard_to) => ended,
        }
    });
    let runtime = tokio::runtime::Handle::current();
    scope.spawn_blocking("city", Until::Owner, move |token| {
        runtime.block_on(drive(city, clock, told, refused, heard, token))
    });
}

/// Vehicles are seen to move: about twice a second on the page, as far as that is once a second for them.
fn reports(speed: f64) -> Reports {
    let moving = Millis::from_secs((speed / 2.0).clamp(1.0, 60.0) as u32);
    Reports { moving, idle: Millis::from_secs(120), charging: Millis::from_secs(60) }
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

/// Where the city's words go.
struct Told {
    lanes: Vec<mpsc::Sender<Command>>,
    readings: mpsc::Sender<Vec<(VehicleId, Reading)>>,
}

impl Told {
    async fn tell(&mut self, acts: Vec<Act>) -> anyhow::Result<()> {
        let mut readings = Vec::new();
        for act in acts {
            match act {
                Act::Position(vehicle, reading) => readings.push((vehicle, reading)),
                Act::Command(request) => {
                    let lane = lane_of(&request.command);
                    self.lanes[lane].send(request.command).await.context("the lane is closed")?;
                }
            }
        }
        if !readings.is_empty() {
            self.readings.send(readings).await.context("the lane of readings is closed")?;
        }
        Ok(())
    }
}

/// The lane of what a command is about.
fn lane_of(command: &Command) -> usize {
    let name = match command {
        Command::PutVehicle(spec, _) => spec.id.as_str(),
        Command::PlaceOrder(spec) => spec.id.as_str(),
        Command::CancelOrder(order) => order.as_str(),
        Command::PutCharger(spec) => spec.id.as_str(),
        Command::PutGeofence(area) => area.id().as_str(),
        Command::RetireVehicle(vehicle)
        | Command::Accept(vehicle, _)
        | Command::Decline(vehicle, _)
        | Command::Arrived(vehicle, _)
        | Command::PickedUp(vehicle, _)
        | Command::DroppedOff(vehicle, ..)
        | Command::Fault(vehicle, _)
        | Command::Recover(vehicle)
        | Command::PlugIn(vehicle, _)
        | Command::Unplug(vehicle, _) => vehicle.as_str(),
    };
    name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES
}

fn lane(scope: &Spawner, client: Client, refused: mpsc::Sender<(Command, Refusal)>) -> mpsc::Sender<Command> {
    let (sender, mut waiting) = mpsc::channel::<Command>(LANE_LENGTH);
    scope.spawn("lane", Until::Owner, async move {
        while let Some(command) = waiting.recv().await {
            if let Err(refusal) = client::command(&client, &command).await?
                && refused.send((command, refusal)).await.is_err()
            {
                break;
            }
        }
        anyhow::Ok(())
    });
    sender
}

fn telemetry_lane(scope: &Spawner, client: Client) -> mpsc::Sender<Vec<(VehicleId, Reading)>> {
    let (sender, mut waiting) = mpsc::channel::<Vec<_>>(LANE_LENGTH);
    scope.spawn("telemetry", Until::Owner, async move {
        while let Some(batch) = waiting.recv().await {
            client::report(&client, &batch).await?;
        }
        anyhow::Ok(())
    });
    sender
}

/// Hands on what the city reacts to, from the first change on.
async fn listen_to(client: Client, city: mpsc::Sender<Change>) -> anyhow::Result<()> {
    let mut stream = client.stream(Some(0));
    loop {
        match stream.next().await? {
            StreamItem::Change(change) => {
                let Some(change) = heard::change(*change)? else { continue };
                if city.send(change).await.is_err() {
                    return Ok(());
                }
            }
            // Rides whose changes are missing stay as the city knows them, until their riders lose patience.
            StreamItem::Reset => {
                tracing::warn!("the server no longer keeps some changes: the city goes on without them")
            }
            _ => {}
        }
    }
}

/// What the lines of progress count.
#[derive(Default)]
struct Tally {
    served: u32,
    timed_out: u32,
    refused: u32,
}

/// Lets the city live: it acts when its time has come, and reacts to what it hears.
async fn drive(
    mut city: City,
    clock: Clock,
    mut told: Told,
    mut refused: mpsc::Receiver<(Command, Refusal)>,
    mut heard: mpsc::Receiver<Change>,
    token: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    let (mut tally, mut changes) = (Tally::default(), Vec::new());
    let mut say = tokio::time::interval(SAY_EVERY);
    loop {
        told.tell(city.step(clock.now())).await?;
        let wait = city.next_at().map_or(LOOK_EVERY, |next| until(clock, next));
        tokio::select! {
            () = token.cancelled() => return Ok(()),
            Some((command, refusal)) = refused.recv() => {
                tally.refused += 1;
                city.refused(clock.now(), &command, &refusal);
            }
            1.. = heard.recv_many(&mut changes, LANE_LENGTH) => {
                for change in changes.drain(..) {
                    count(&mut tally, &change);
                    city.react(clock.now(), &change);
                }
            }
            _ = say.tick() => print_progress(&city, &tally, clock.now()),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn until(clock: Clock, next: Instant) -> Duration {
    let ahead: Millis = next.since(clock.now());
    clock.real(ahead).min(LOOK_EVERY)
}

fn count(tally: &mut Tally, change: &Change) {
    use paceline_model::Event;
    match &change.event {
        Event::RidersDroppedOff { .. } => tally.served += 1,
        Event::OrderTimedOut { .. } => tally.timed_out += 1,
        _ => {}
    }
}

fn print_progress(city: &City, tally: &Tally, at: Instant) {
    let Tally { served, timed_out, refused } = tally;
    let placed = city.placed();
    println!("{at}  placed {placed:>6}  served {served:>6}  timed out {timed_out:>5}  refused {refused:>3}");
}
