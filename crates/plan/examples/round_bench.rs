//! How long whole rounds take in Manhattan, searches, prices, assignment and reasons included:
//! `cargo run --release -p paceline-plan --example round_bench`.

use paceline_model::{
    Charge, Driver, Idx, Instant, Millis, MilliwattHours, OrderId, OrderSpec, Powertrain, Reading, VehicleId,
    VehicleSpec, Version,
};
use paceline_plan::{Budget, Demand, Plan, Plug, PolicySpec, Snapshot, Supply, solve};
use paceline_road::{EdgeId, ImportOptions, Leg, RoadPoint, Roads, Search, TravelTimes};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

const NOW: Instant = Instant(1_000_000_000);
const SIZES: [(u32, u32); 7] =
    [(1, 1_200), (1, 3_000), (50, 3_000), (500, 3_000), (2_000, 400), (10_000, 5), (5_000, 10_000)];
/// Vehicles low on charge, and sites with four free plugs.
const CHARGING: [(u32, u32); 3] = [(20, 60), (200, 60), (2_000, 600)];

fn main() -> Result<(), Box<dyn Error>> {
    let streets = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/manhattan/streets.osm.pbf"));
    let (roads, _) = Roads::import_osm_pbf(streets, &ImportOptions::default())?;
    let mut search = Search::new(&roads);
    println!("{:>7} {:>9} {:>10} {:>10} {:>10}", "orders", "vehicles", "median ms", "pairs", "steps");
    for (orders, vehicles) in SIZES {
        let snapshot = snapshot(&roads, &mut search, orders, vehicles)?;
        let runs = if orders.max(vehicles) > 4_000 { 5 } else { 21 };
        let (ms, plan) = median(&roads, &mut search, &snapshot, runs);
        let report = plan.report;
        println!("{orders:>7} {vehicles:>9} {ms:>10.2} {:>10} {:>10}", report.candidates, report.steps);
    }
    println!("\n{:>7} {:>9} {:>10} {:>10} {:>10}", "low", "sites", "median ms", "charge", "steps");
    for (low, sites) in CHARGING {
        let mut snapshot = snapshot(&roads, &mut search, 0, low)?;
        snapshot.low = std::mem::take(&mut snapshot.vehicles);
        snapshot.plugs = plugs(&roads, sites);
        let (ms, plan) = median(&roads, &mut search, &snapshot, 21);
        println!("{low:>7} {sites:>9} {ms:>10.2} {:>10} {:>10}", plan.charges.len(), plan.report.steps);
    }
    Ok(())
}

/// The median time of a round in milliseconds, and its plan.
fn median(roads: &Roads, search: &mut Search, snapshot: &Snapshot, runs: usize) -> (f64, Plan) {
    let policies = snapshot.policies.clone();
    let mut timed = || {
        #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
        let start = std::time::Instant::now();
        let plan = solve(roads, search, snapshot, &policies, &mut Budget::unlimited());
        (start.elapsed().as_secs_f64() * 1e3, plan)
    };
    let mut rounds: Vec<(f64, Plan)> = (0..runs).map(|_| timed()).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    rounds.swap_remove(runs / 2)
}

/// Sites of four free plugs each.
fn plugs(roads: &Roads, sites: u32) -> Vec<Plug> {
    let mut dice = Dice(u64::from(sites));
    let plug = |site| Plug { idx: Idx::first(site), place: dice.place(roads), free: 4 };
    (0..sites).map(plug).collect()
}

fn snapshot(
    roads: &Roads,
    search: &mut Search,
    orders: u32,
    vehicles: u32,
) -> Result<Snapshot, Box<dyn Error>> {
    let mut dice = Dice(u64::from(orders) << 32 | u64::from(vehicles));
    let mut snapshot = Snapshot {
        version: Version(1),
        at: NOW,
        policies: Arc::new(PolicySpec::default().into()),
        shadow: None,
        metric: roads.metric().digest(),
        vehicles: Vec::new(),
        orders: Vec::new(),
        low: Vec::new(),
        plugs: Vec::new(),
        geofences: Vec::new(),
        standing: None,
        reserve: MilliwattHours::from_kwh(2.0),
        auxiliary_w: 0,
        pool: None,
    };
    for number in 0..vehicles {
        snapshot.vehicles.push(vehicle(roads, number, dice.place(roads))?);
    }
    for number in 0..orders {
        let (pickup, dropoff) = (dice.place(roads), dice.place(roads));
        // A hundred rides serve for all: computing them is the engine's work, not the round's.
        let ride = if number < 100 {
            roads.leg(search, pickup, dropoff)
        } else {
            snapshot.orders[number as usize % 100].ride
        };
        snapshot.orders.push(order(roads, number, pickup, ride)?);
    }
    Ok(snapshot)
}

fn vehicle(roads: &Roads, number: u32, place: RoadPoint) -> Result<Supply, Box<dyn Error>> {
    let powertrain = Powertrain::new(60.0, 180.0, 400)?;
    let charge = Charge::from_percent(60.0)?;
    let spec = VehicleSpec {
        id: VehicleId::new(&format!("v{number:05}"))?,
        seats: 4,
        powertrain,
        attributes: BTreeSet::new(),
        driver: Driver::Automatic,
    };
    Ok(Supply {
        idx: Idx::first(number),
        free_in: Millis::ZERO,
        value_milli: 0,
        spec: Arc::new(spec),
        reading: Reading { position: roads.position(place), heading: None, charge, at: NOW },
        place,
        energy: charge.of(powertrain.capacity),
    })
}

fn order(roads: &Roads, number: u32, pickup: RoadPoint, ride: Leg) -> Result<Demand, Box<dyn Error>> {
    let spec = OrderSpec {
        id: OrderId::new(&format!("r{number:05}"))?,
        pickup: roads.position(pickup),
        dropoff: roads.position(pickup),
        party: 1,
        earliest_pickup: NOW,
        latest_pickup: NOW + Millis::from_secs(600),
        desired_arrival: None,
        priority: BTreeSet::new(),
        attributes: BTreeSet::new(),
        geofence: None,
    };
    let spec = Arc::new(spec);
    Ok(Demand {
        idx: Idx::first(number),
        spec,
        pickup,
        ride,
        onward: Leg::default(),
        since: NOW,
        failures: 0,
        declined: Vec::new(),
        value_milli: 0,
        held: None,
    })
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): enough to strew places over a city.
struct Dice(u64);

impl Dice {
    fn place(&mut self, roads: &Roads) -> RoadPoint {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let edge = EdgeId((mixed % roads.edge_count() as u64) as u32);
        RoadPoint { edge, fraction: (mixed >> 48) as u16 }
    }
}
