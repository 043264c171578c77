//! What a metropolis of shared bikes asks of one region, without a network or a disk:
//! `cargo run --release -p paceline-engine --example bikes_round_bench [STATIONS] [VANS]`.
//!
//! A feed says each half minute what stands at the stations where riders were: a twentieth of all. The region is told, a round is due each
//! 200 ms, and each problem is solved at once with the work that a server has time for. What the region's own thread does (counts taken, problems
//! made, plans adopted) is timed apart from what the solver's does. Quarters of an hour begin in between: rates are then another.

use paceline_engine::bikes::{Bikes, BikesOptions};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Ledger, Ticket};
use paceline_model::bikes::{
    AsOf, BikeCounts, Command, Room, Service, SiteKind, StationId, StationReport, StationSpec, Stock,
    StockReading, VanId, VanSpec,
};
use paceline_model::{Instant, Millis, Position, Request};
use paceline_plan::bikes::dispatch::Planner;
use paceline_plan::{Budget, Rng};
use std::error::Error;
use std::time::Duration;

const START: Instant = Instant(1_752_649_200_000);
const TICK: Millis = Millis(200);
const FEED: Millis = Millis::from_secs(30);
const SECONDS: u32 = 1_200;
const STEPS: u64 = 600_000;
const DOCKS: u32 = 24;

/// How long each thing took.
#[derive(Default)]
struct Took {
    told: Vec<Duration>,
    rounds: Vec<Duration>,
    solved: Vec<Duration>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes = std::env::args().skip(1).map(|size| size.parse::<u32>());
    let stations = sizes.next().transpose()?.unwrap_or(5_000);
    let vans = sizes.next().transpose()?.unwrap_or(60);
    let options = RegionOptions { tick: TICK, snapshot_every: u64::MAX };
    let mut region = Region::new(Ledger::new(Bikes::new(BikesOptions::default())), options, START + TICK);
    let (mut planner, mut took, mut rng) = (Planner::default(), Took::default(), Rng::new(1));
    let mut stock: Vec<u32> = (0..stations).map(|_| rng.below(DOCKS as usize + 1) as u32).collect();
    for command in opened(stations, vans)? {
        handle(&mut region, START, command, (&mut planner, &mut took));
    }
    took = Took::default();
    let mut fed = START;
    while let Some(now) = region.due().filter(|now| *now < START + Millis::from_secs(SECONDS)) {
        if now >= fed {
            let moved: Vec<usize> = match fed == START {
                true => (0..stock.len()).collect(),
                false => (0..stock.len() / 20).map(|_| rng.below(stock.len())).collect(),
            };
            for &at in &moved {
                stock[at] = (stock[at] + 1 + (rng.below(3) as u32) * (DOCKS - 1)) % (DOCKS + 1);
            }
            let reports =
                moved.iter().map(|&at| counted(at, stock[at], now)).collect::<Result<Vec<_>, _>>()?;
            let command =
                Input::Command(Ticket(0), Request { command: Command::TakeStock(reports), key: None });
            handle(&mut region, now, command, (&mut planner, &mut took));
            fed = fed + FEED;
        }
        handle(&mut region, now, Input::Elapsed, (&mut planner, &mut took));
    }
    for (what, spans) in [
        ("counts taken", took.told),
        ("rounds, the region's part", took.rounds),
        ("rounds solved", took.solved),
    ] {
        say(what, spans);
    }
    Ok(())
}

/// Gives the region an input, and does all that follows; each piece of its thread's work, and of the solver's, is noted.
fn handle(
    region: &mut Region<Bikes>,
    now: Instant,
    input: Input<Bikes>,
    (planner, took): (&mut Planner, &mut Took),
) {
    let is_round = matches!(input, Input::Elapsed);
    let mut spent = timed(|| region.handle(now, input)).0;
    let mut decided = false;
    loop {
        let (took_to_say, said) = timed(|| region.poll());
        spent += took_to_say;
        match said {
            Some(Output::Append(record)) => {
                spent += timed(|| region.handle(now, Input::Durable(record.version))).0
            }
            Some(Output::Solve(problem, _)) => {
                let (span, plan) = timed(|| planner.solve(&problem, &mut Budget::steps(STEPS)));
                took.solved.push(span);
                decided = true;
                spent += timed(|| region.handle(now, Input::Proposed(Box::new(plan)))).0;
            }
            Some(_) => {}
            None => break,
        }
    }
    match (is_round, decided) {
        (true, true) => took.rounds.push(spent),
        (false, _) => took.told.push(spent),
        _ => {}
    }
}

fn say(what: &str, mut spans: Vec<Duration>) {
    spans.sort_unstable();
    let at = |share: f64| spans[((spans.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:<26} {:>6} times: p50 {:>8.2} ms, p99 {:>8.2} ms, most {:>8.2} ms",
        spans.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// Stations on a grid 300 m wide, a depot, and vans spread over them with eight bikes each.
fn opened(stations: u32, vans: u32) -> Result<Vec<Input<Bikes>>, Box<dyn Error>> {
    let side = f64::from(stations).sqrt().ceil() as u32;
    let place = |at: u32| {
        let (north, east) = (f64::from(at / side), f64::from(at % side));
        Position::new(59.9 + north * 0.0027, 10.7 + east * 0.0054)
    };
    let mut commands = Vec::new();
    for at in 0..stations {
        let (id, position) = (station(at as usize)?, place(at)?);
        let spec = StationSpec {
            id,
            kind: SiteKind::Station,
            name: None,
            position,
            docks: Some(DOCKS),
            target: None,
        };
        commands.push(Command::PutStation(spec));
    }
    for number in 0..vans {
        let id = VanId::new(&format!("v{number}"))?;
        let (position, handling) = (place(number * stations / vans.max(1))?, VanSpec::USUAL_HANDLING);
        let spec = VanSpec { id, capacity: 24, position, shift_ends: None, handling, repairs: false };
        commands.push(Command::PutVan(spec, Some(8)));
    }
    let input = |command| Input::Command(Ticket(0), Request { command, key: None });
    Ok(commands.into_iter().map(input).collect())
}

fn station(at: usize) -> Result<StationId, Box<dyn Error>> {
    Ok(StationId::new(&format!("s{at}"))?)
}

fn counted(at: usize, bikes: u32, now: Instant) -> Result<StationReport, Box<dyn Error>> {
    let bikes_known = BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() };
    let (room, as_of) = (Room::docks(DOCKS - bikes), AsOf::Said(now));
    let stock = Stock { bikes: bikes_known, bikes_broken: 0, docks_broken: 0, room, as_of };
    Ok(StationReport {
        station: station(at)?,
        service: Service::OPEN,
        stock: StockReading::Known(stock),
        batteries: None,
    })
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    let start = std::time::Instant::now();
    let done = act();
    (start.elapsed(), done)
}
