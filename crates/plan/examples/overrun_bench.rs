//! How long after its budget packing and shared rides end: `overrun_bench [FOLDER OF PACKING INSTANCES]`.
//!
//! Packing: the instances of the folder under budgets of 2 to 50 ms. Shared rides: 2,000 vehicles on a grid of streets,
//! with the routes that earlier rounds left them, and 60 new orders, under budgets of 1 to 20 ms, by level. Only runs that
//! the budget ended count.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "packing_instance/mod.rs"]
mod packing_instance;

use paceline_model::{Centimetres, Millis, MilliwattHours, MilliwattHoursPerKm};
use paceline_plan::fleet::pooling::{self, Legs, Place, Rider, Rules, Vehicle};
use paceline_plan::{Budget, PoolingLevel, Rng, solver::packing};
use paceline_road::{EnergyModel, Leg};
use std::path::Path;
use std::time::{Duration, Instant};

const SEEDS: u64 = 100;
const VEHICLES: usize = 2_000;
const ORDERS: usize = 60;
/// Earlier rounds, 30 s apart, whose routes the vehicles have.
const ROUNDS: i64 = 12;

fn main() {
    println!("{:<28} {:>6} {:>8} {:>8} {:>8}", "over the budget", "runs", "p50 ms", "p99 ms", "most ms");
    if let Some(folder) = std::env::args().nth(1) {
        for (name, problem) in packing_instance::all(Path::new(&folder)) {
            let run =
                |limit, seed| timed(limit, |budget| packing::solve(&problem, None, seed, budget).1.cut_short);
            print(&name, &over(&[2, 5, 10, 20, 50], run));
        }
    }
    let city = City::busy(1);
    for (name, level) in [
        ("shared rides, insert", PoolingLevel::Insert),
        ("shared rides, trips", PoolingLevel::Trips),
        ("shared rides, improve", PoolingLevel::Improve),
    ] {
        let run = |limit, seed| {
            timed(limit, |budget| {
                pooling::solve(&city.problem, &city, level, seed, budget);
                budget.is_over()
            })
        };
        print(name, &over(&[1, 2, 5, 10, 20], run));
    }
}

/// Milliseconds over the budget, for each run that it ended.
fn over(limits_ms: &[u64], mut run: impl FnMut(Duration, u64) -> Option<f64>) -> Vec<f64> {
    let mut over = Vec::new();
    for &limit in limits_ms {
        over.extend((0..SEEDS).filter_map(|seed| run(Duration::from_millis(limit), seed)));
    }
    over.sort_by(f64::total_cmp);
    over
}

fn timed(limit: Duration, work: impl FnOnce(&mut Budget) -> bool) -> Option<f64> {
    let start = Instant::now();
    let mut budget = Budget::within(move || start.elapsed().div_duration_f64(limit));
    let ended = work(&mut budget);
    let taken = start.elapsed();
    ended.then(|| taken.saturating_sub(limit).as_secs_f64() * 1e3)
}

fn print(name: &str, over: &[f64]) {
    let at = |percent: usize| over.get((over.len() * percent).div_ceil(100).saturating_sub(1));
    let shown = |percent| at(percent).map_or("-".into(), |ms| format!("{ms:.2}"));
    println!("{name:<28} {:>6} {:>8} {:>8} {:>8}", over.len(), shown(50), shown(99), shown(100));
}

/// A grid of streets of 3 km by 12 km, driven at 6 m/s.
struct City {
    /// By place: metres east and north.
    places: Vec<(u32, u32)>,
    problem: pooling::Problem,
}

impl Legs for City {
    fn leg(&self, from: Place, to: Place) -> Leg {
        let (a, b) = (self.places[from.0 as usize], self.places[to.0 as usize]);
        let metres = a.0.abs_diff(b.0) + a.1.abs_diff(b.1);
        let length = Centimetres(metres * 100);
        Leg { time: Millis(metres * 1_000 / 6), distance: length, effort: length }
    }
}

impl City {
    /// After some rounds in which nobody has got in yet: long routes, as at the busiest hour.
    fn busy(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let rules = Rules {
            pickup_dwell: Millis::from_secs(30),
            dropoff_dwell: Millis::from_secs(20),
            drive_price: 500,
            delay_price: 1_000,
        };
        let problem = pooling::Problem { vehicles: Vec::new(), riders: Vec::new(), rules };
        let mut city = Self { places: Vec::new(), problem };
        for _ in 0..VEHICLES {
            let place = city.place(&mut rng);
            city.problem.vehicles.push(vehicle(place));
        }
        for round in (0..=ROUNDS).rev() {
            for _ in 0..ORDERS * 2 {
                let (pickup, dropoff) = (city.place(&mut rng), city.place(&mut rng));
                let ride = city.leg(pickup, dropoff);
                city.problem.riders.push(rider(pickup, dropoff, ride, -30_000 * round));
            }
            if round > 0 {
                let level = PoolingLevel::Insert;
                let solved = pooling::solve(&city.problem, &city, level, 1, &mut Budget::unlimited());
                for (vehicle, route) in city.problem.vehicles.iter_mut().zip(solved.solution.routes) {
                    vehicle.route = route;
                }
            }
        }
        city
    }

    fn place(&mut self, rng: &mut Rng) -> Place {
        self.places.push((rng.below(3_000) as u32, rng.below(12_000) as u32));
        Place(self.places.len() as u32 - 1)
    }
}

fn vehicle(place: Place) -> Vehicle {
    Vehicle {
        place,
        ready: 0,
        seats: 4,
        aboard: Vec::new(),
        route: Vec::new(),
        fixed: 0,
        energy: MilliwattHours::from_kwh(40.0),
        uses: EnergyModel { consumption: MilliwattHoursPerKm(140_000), auxiliary_w: 800 },
    }
}

fn rider(pickup: Place, dropoff: Place, ride: Leg, since: i64) -> Rider {
    Rider {
        pickup,
        dropoff,
        party: 1,
        since,
        earliest: since,
        pickup_by: since + 600_000,
        dropoff_by: since + 900_000 + i64::from(ride.time.0),
        ride,
        onward: Leg::default(),
        unserved: 86_400_000,
        barred: Vec::new(),
    }
}
