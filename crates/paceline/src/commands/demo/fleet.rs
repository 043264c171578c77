//! A day of riders and vehicles: the city acts when its time has come, and reacts to what it hears.

use super::args::DemoArgs;
use super::show::{self, LANE_LENGTH, SAY_EVERY, wait_for};
use crate::{client, heard};
use anyhow::Context as _;
use paceline_client::{Client, ClientOptions, StreamItem};
use paceline_engine::Change;
use paceline_model::{Command, Instant, Millis, Reading, Refusal, RegionId, VehicleId};
use paceline_serve::{Clock, RegionSpec};
use paceline_sim::scenario::Reports;
use paceline_sim::{Act, City, Day, Draw, Scenario, TimeOfDay};
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Requests under way at once.
const LANES: usize = 16;
/// When most is asked for in Manhattan.
const EVENING: (i8, i8) = (21, 0);

pub(super) async fn demo(args: &DemoArgs, scenario: &Scenario) -> anyhow::Result<()> {
    let (speed, start) = (args.speed(10.0)?, start(args, scenario));
    let roads = Arc::new(scenario.open_roads()?);
    let draw = Draw {
        vehicles: args.vehicles,
        demand_scale: args.demand_scale,
        seed: args.seed,
        from: Some(start),
        ..Draw::default()
    };
    let day = Day::draw(scenario, &roads, &draw)?;
    let (origin, vehicles, trips) = (day.start, day.vehicles.len(), day.trips.len());
    let mut city = City::new(scenario, roads.clone(), day, args.seed);
    city.report_every(reports(speed));
    let temporary = tempfile::tempdir()?;
    let clock = Clock::scaled(origin, speed);
    let region =
        RegionSpec::new(RegionId::new("main")?, scenario.fleet.clone(), roads, args.journal(&temporary));
    let server = args.server(region, clock).await?;
    let base = server.url();
    println!("{}: {vehicles} vehicles, {trips} trips from {start} on, {speed} times as fast", scenario.name);
    show::say_where(&base);
    let client = Client::new(&base, ClientOptions::default())?;
    let (supervisor, scope) = show::city_scope();
    live(&scope, city, clock, client);
    show::play(server, (supervisor, scope), args.seconds).await
}

/// When it begins: in the evening, where the scenario plays it.
fn start(args: &DemoArgs, scenario: &Scenario) -> TimeOfDay {
    let evening = args.start(EVENING);
    let plays = scenario.start..scenario.end;
    let is_played = plays.contains(&scenario.start.date().to_datetime(evening));
    if args.start.is_some() || is_played { evening } else { scenario.start.time() }
}

/// Lets the city live: on a thread of its own, with lanes to the server and an ear for what it publishes.
fn live(scope: &Spawner, city: City, clock: Clock, client: Client) {
    let (refused_to, refused) = mpsc::channel(LANE_LENGTH);
    let (heard_to, heard) = mpsc::channel(LANE_LENGTH);
    let lanes = (0..LANES).map(|_| lane(scope, client.clone(), refused_to.clone())).collect();
    let readings = telemetry_lane(scope, client.clone());
    let told = Told { lanes, readings };
    show::listen(scope, listen_to(client, heard_to));
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
        Command::PlaceOrder(spec) => spec.id.as_str(),
        Command::CancelOrder(order) => order.as_str(),
        Command::PutCharger(spec) => spec.id.as_str(),
        Command::PutGeofence(area) => area.id().as_str(),
        other => other.vehicle().map_or("", VehicleId::as_str),
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
        let wait = wait_for(clock, city.next_at());
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
