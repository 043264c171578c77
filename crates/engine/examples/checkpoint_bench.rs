//! What a snapshot of a large world stops, and how fast such a world comes back:
//! `cargo run --release -p paceline-engine --example checkpoint_bench [ORDERS] [VEHICLES]`.
//!
//! The orders were placed and called off within the day, so that all of them are kept. A checkpoint is taken, and while another
//! thread encodes it, every vehicle reports and orders go on being placed: what the region does meanwhile is timed, input by input.

use paceline_engine::ledger::{Input, Output};
use paceline_engine::{Fleet, FleetOptions, Ledger, Record, Ticket, record};
use paceline_model::{
    Charge, Command, Driver, Event, Instant, Millis, OrderId, OrderSpec, Position, Powertrain, Reading,
    Request, VehicleId, VehicleSpec, Version,
};
use paceline_road::{ImportOptions, Roads};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const NOW: Instant = Instant(1_800_000_000_000);
/// Orders placed while the checkpoint is encoded, and vehicles that report between two of them.
const PLACED: u64 = 2_000;
const REPORTS: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes = std::env::args().skip(1).map(|size| size.parse::<u64>());
    let orders = sizes.next().transpose()?.unwrap_or(1_000_000);
    let vehicles = sizes.next().transpose()?.unwrap_or(10_000);
    let streets = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/manhattan/streets.osm.pbf"));
    let (roads, _) = Roads::import_osm_pbf(streets, &ImportOptions::default())?;
    let fleet = Fleet::new(Arc::new(roads), FleetOptions::default());
    let mut ledger = Ledger::new(fleet);

    let records = history(orders, vehicles)?;
    let stored: Vec<_> = records.iter().map(record::encode).collect();
    drop(records);
    let (took, replayed) = timed(|| -> Result<_, Box<dyn Error>> {
        for stored in &stored {
            ledger.replay(record::decode(stored.format, &stored.bytes)?)?;
        }
        Ok(ledger.version().0)
    });
    println!("replay          {} events in {:.2} s", replayed?, took.as_secs_f64());

    let (took, checkpoint) = timed(|| ledger.checkpoint());
    println!("checkpoint      {:.2} ms", took.as_secs_f64() * 1e3);
    let encoding = std::thread::spawn(move || {
        let (took, encoded) = timed(|| checkpoint.encode());
        (took, encoded.bytes.len())
    });
    let mut inputs = go_on(&mut ledger, vehicles)?;
    inputs.sort_unstable();
    let at = |share: f64| inputs[((inputs.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("inputs beside   p50 {:.3} ms, p99 {:.3} ms, longest {:.3} ms", at(0.5), at(0.99), at(1.0));
    let (took, bytes) = encoding.join().map_err(|_| "the encoder panicked")?;
    println!("encoded beside  {:.2} s, {:.1} MB", took.as_secs_f64(), bytes as f64 / 1e6);
    Ok(())
}

/// Orders are placed and the region hears its vehicles. Returns how long each input took.
fn go_on(ledger: &mut Ledger<Fleet>, vehicles: u64) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut inputs = Vec::new();
    for number in 0..PLACED {
        let now = NOW + Millis(1 + number as u32);
        let command = Command::PlaceOrder(order(&format!("new-{number}"), now)?);
        let input = Input::Command(Ticket(number), Request { command, key: None });
        inputs.push(timed(|| ledger.handle(now, input)).0);
        let reports = (0..REPORTS).map(|next| {
            let vehicle = (number * REPORTS + next) % vehicles;
            Ok((VehicleId::new(&format!("v{vehicle}"))?, Reading { at: now, ..reading()? }))
        });
        let input = Input::Telemetry(reports.collect::<Result<_, Box<dyn Error>>>()?);
        inputs.push(timed(|| ledger.handle(now, input)).0);
        while let Some(output) = ledger.poll() {
            if let Output::Append(record) = output {
                ledger.handle(now, Input::Durable(record.version));
            }
        }
    }
    Ok(inputs)
}

/// Vehicles that are for hire, and orders that were placed and called off.
fn history(orders: u64, vehicles: u64) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut version = Version(0);
    let mut record = |events: Vec<Event>| {
        version.0 += events.len() as u64;
        Record { version, at: NOW, events }
    };
    let mut records = Vec::new();
    for number in 0..vehicles {
        let id = VehicleId::new(&format!("v{number}"))?;
        let powertrain = Powertrain::new(60.0, 170.0, 300)?;
        let attributes = BTreeSet::new();
        let spec =
            VehicleSpec { id: id.clone(), seats: 4, powertrain, attributes, driver: Driver::Automatic };
        let registered = Event::VehicleRegistered { spec, reading: reading()? };
        records.push(record(vec![registered, Event::VehicleStarted { vehicle: id }]));
    }
    for number in 0..orders {
        let spec = order(&format!("order-{number}"), NOW)?;
        let order = spec.id.clone();
        records.push(record(vec![Event::OrderPlaced { spec }]));
        records.push(record(vec![Event::OrderCancelled { order }]));
    }
    Ok(records)
}

fn order(id: &str, at: Instant) -> Result<OrderSpec, Box<dyn Error>> {
    Ok(OrderSpec {
        id: OrderId::new(id)?,
        pickup: Position::new(40.758, -73.9855)?,
        dropoff: Position::new(40.7484, -73.9857)?,
        party: 1,
        earliest_pickup: at,
        latest_pickup: at + Millis::from_secs(600),
        desired_arrival: None,
        priority: BTreeSet::new(),
        attributes: BTreeSet::new(),
        geofence: None,
    })
}

fn reading() -> Result<Reading, Box<dyn Error>> {
    let position = Position::new(40.758, -73.9855)?;
    Ok(Reading { position, heading: None, charge: Charge::from_percent(80.0)?, at: NOW })
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    let start = std::time::Instant::now();
    let done = act();
    (start.elapsed(), done)
}
