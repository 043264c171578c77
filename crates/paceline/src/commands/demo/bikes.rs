//! Days of shared bikes: riders and crews of the simulator live by the clock, and every word between them and the region goes over the HTTP
//! API. The first page shows it.

use super::args::DemoArgs;
use super::show::{self, LANE_LENGTH, SAY_EVERY, wait_for};
use anyhow::Context as _;
use paceline_api::bikes::{
    BikesChange, BikesEvent, NewCrewReport, NewStation, NewStock, NewVan, NewVanPosition, Task,
};
use paceline_api::stream::{CHANGE, RESET};
use paceline_client::{Client, ClientError, ClientOptions};
use paceline_model::bikes::{Command, StationId, VanId, WorkOrderId};
use paceline_model::{Instant, Invalid, Millis, Position, RegionId};
use paceline_serve::{BikesSpec, Clock, TrafficOptions};
use paceline_sim::bikes::{BikesAct, BikesCity, BikesRun, BikesScenario, Heard, History};
use paceline_supervise::{Spawner, Until};
use tokio::sync::mpsc;

/// Times as fast as life: an hour a minute.
const SPEED: f64 = 60.0;
/// Just before people ride to work.
const START: (i8, i8) = (7, 0);

pub(super) async fn demo(args: &DemoArgs, scenario: &BikesScenario) -> anyhow::Result<()> {
    let (speed, start) = (args.speed(SPEED)?, args.start(START));
    let origin = scenario.first_day_at(start);
    let mut history = History::open(&scenario.history.folder)?;
    let run = BikesRun { vans: args.vehicles, ..BikesRun::of_seed(args.seed) };
    let mut city = BikesCity::new(scenario, &run, &mut history, origin)?;
    city.tell_every(told_every(speed));
    let temporary = tempfile::tempdir()?;
    let clock = Clock::scaled(origin, speed);
    let region = BikesSpec {
        name: RegionId::new("main")?,
        options: scenario.bikes.clone(),
        roads: city.roads().cloned(),
        traffic: TrafficOptions::default(),
        journal: args.journal(&temporary).into(),
        journal_identity: None,
        gbfs: None,
        read_options: None,
    };
    let server = args.server(region, clock).await?;
    let (base, count) = (server.url(), city.count());
    println!(
        "{}: {} stations, {} bikes, from {start} on, {speed} times as fast",
        scenario.name, count.stations, count.bikes
    );
    show::say_where(&base);
    let client = Client::new(&base, ClientOptions::default())?;
    let (supervisor, scope) = show::city_scope();
    live(&scope, city, clock, client);
    show::play(server, (supervisor, scope), args.seconds).await
}

/// The page sees vans move, and stations fill, about twice a second.
fn told_every(speed: f64) -> Millis {
    Millis::from_secs((speed / 2.0).clamp(1.0, 60.0) as u32)
}

/// Lets the city live: on a thread of its own, with lanes to the server and an ear for what it publishes.
fn live(scope: &Spawner, city: BikesCity, clock: Clock, client: Client) {
    let (heard_to, heard) = mpsc::channel(LANE_LENGTH);
    let told = Told {
        commands: lane(scope, "commands", client.clone(), tell),
        positions: lane(scope, "positions", client.clone(), locate),
    };
    show::listen(scope, listen_to(client.clone(), heard_to));
    let runtime = tokio::runtime::Handle::current();
    scope.spawn_blocking("city", Until::Owner, move |token| {
        runtime.block_on(async {
            tokio::select! {
                () = token.cancelled() => Ok(()),
                ended = drive(city, clock, told, heard) => ended,
            }
        })
    });
}

/// Where vans are.
type Positions = Vec<(VanId, Position, Instant)>;

/// Where the city's words go. One lane for all commands: a count and a crew's word about one station stay in order.
struct Told {
    commands: mpsc::Sender<Command>,
    positions: mpsc::Sender<Positions>,
}

impl Told {
    async fn tell(&self, acts: Vec<BikesAct>) -> anyhow::Result<()> {
        for act in acts {
            match act {
                BikesAct::Command(command) => {
                    self.commands.send(command).await.context("the lane is closed")?
                }
                // The next ones are newer.
                BikesAct::Positions(positions) => _ = self.positions.try_send(positions),
            }
        }
        Ok(())
    }
}

fn lane<T, F>(
    scope: &Spawner,
    name: &'static str,
    client: Client,
    send: fn(Client, T) -> F,
) -> mpsc::Sender<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(), ClientError>> + Send + 'static,
{
    let (sender, mut waiting) = mpsc::channel(LANE_LENGTH);
    scope.spawn(name, Until::Owner, async move {
        while let Some(next) = waiting.recv().await {
            match send(client.clone(), next).await {
                // A crew may speak of an order that was withdrawn while it spoke: its device shows that, and it goes on.
                Err(error) if error.status().is_some() => tracing::debug!(%error, "refused"),
                sent => sent?,
            }
        }
        anyhow::Ok(())
    });
    sender
}

/// Puts a command to the server. Errors: it is refused; no answer, after all attempts.
async fn tell(client: Client, command: Command) -> Result<(), ClientError> {
    match command {
        Command::PutStation(spec) => {
            client.put_station(spec.id.as_str(), &NewStation::from(&spec)).await.map(drop)
        }
        Command::PutVan(spec, aboard) => {
            let van = NewVan { aboard, ..NewVan::of(&spec) };
            client.put_van(spec.id.as_str(), &van).await.map(drop)
        }
        Command::TakeStock(reports) => {
            let stock: Vec<NewStock> = reports.iter().map(NewStock::from).collect();
            client.take_stock(&stock).await.map(drop)
        }
        Command::Report(report) => {
            client.report_crew(report.van.as_str(), &NewCrewReport::from(&report)).await.map(drop)
        }
        // A city says nothing else: its vans change no batteries.
        Command::RemoveStation(_)
        | Command::EquipVan(..)
        | Command::CloseStation(_)
        | Command::OpenStation(_)
        | Command::TakeCells(..)
        | Command::RemoveVan(_)
        | Command::Withdraw(..) => Ok(()),
    }
}

/// Says where vans are. Errors: as [`tell`].
async fn locate(client: Client, positions: Positions) -> Result<(), ClientError> {
    for (van, position, at) in positions {
        let there = NewVanPosition { position: position.into(), at: Some(at) };
        client.locate_van(van.as_str(), &there).await?;
    }
    Ok(())
}

/// Hands on what crews react to, from the first change on.
async fn listen_to(client: Client, city: mpsc::Sender<Heard>) -> anyhow::Result<()> {
    let mut stream = client.stream(Some(0));
    loop {
        let item = stream.next_raw().await?;
        match item.name.as_str() {
            CHANGE => {
                let change: BikesChange = serde_json::from_str(&item.data)?;
                let Some(heard) = heard(change.event)? else { continue };
                if city.send(heard).await.is_err() {
                    return Ok(());
                }
            }
            RESET => tracing::warn!("the server no longer keeps some changes: crews go on without them"),
            _ => {}
        }
    }
}

/// What crews need of a change. Errors: a name that no server sends.
fn heard(event: BikesEvent) -> Result<Option<Heard>, Invalid> {
    let (order, van) = (|id: &str| WorkOrderId::new(id), |id: &str| VanId::new(id));
    Ok(Some(match event {
        BikesEvent::WorkOrderProposed { work_order, task, station, .. } => {
            Heard::Proposed(order(&work_order)?, StationId::new(&station)?, Task::into(task))
        }
        BikesEvent::WorkOrderIssued { work_order, van: to, bikes } => {
            Heard::Issued(order(&work_order)?, van(&to)?, bikes.most)
        }
        BikesEvent::WorkOrderCut { work_order, bikes, .. } => Heard::Cut(order(&work_order)?, bikes.most),
        BikesEvent::WorkOrderReturned { work_order, van: of, .. } => {
            Heard::Returned(order(&work_order)?, van(&of)?)
        }
        BikesEvent::WorkOrderWithdrawn { work_order, van: of, .. } => {
            Heard::Withdrawn(order(&work_order)?, of.as_deref().map(van).transpose()?)
        }
        BikesEvent::WorkOrderDone { work_order, .. } => Heard::Done(order(&work_order)?),
        _ => return Ok(None),
    }))
}

/// Lets the city live: what is due is done, and what it hears is heard.
async fn drive(
    mut city: BikesCity,
    clock: Clock,
    told: Told,
    mut heard: mpsc::Receiver<Heard>,
) -> anyhow::Result<()> {
    told.tell(city.put_at_first().into_iter().map(BikesAct::Command).collect()).await?;
    let mut say = tokio::time::interval(SAY_EVERY);
    loop {
        while let Some(acts) = city.step(clock.now()) {
            told.tell(acts).await?;
        }
        tokio::select! {
            Some(heard) = heard.recv() => told.tell(city.hear(clock.now(), &heard)).await?,
            _ = say.tick() => print_progress(&city, clock.now()),
            () = tokio::time::sleep(wait_for(clock, city.next_at())) => {}
        }
    }
}

fn print_progress(city: &BikesCity, at: Instant) {
    let count = city.count();
    println!(
        "{at}  riders {:>6}  lost {:>5}  stations empty {:>3}  full {:>3}  bikes moved {:>5}",
        count.riders, count.lost, count.empty, count.full, count.moved
    );
}
