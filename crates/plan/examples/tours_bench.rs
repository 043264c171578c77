//! Tours of vans, against the clock: `tours_bench [STATIONS [VANS]]`. Stations lie anywhere on ten kilometres square, riders come at up to
//! twelve an hour each way over two hours, stocks are drawn; vans drive at 25 km/h.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use paceline_model::Millis;
use paceline_plan::bikes::inventory::OutagePrice;
use paceline_plan::bikes::tours::{
    Gains, Handling, Prices, Site, StationOutlook, TourProblem, TravelTimes, Van, check, solve,
};
use paceline_plan::forecast::stations::{RateSlot, Rates};
use paceline_plan::{Budget, Rng};
use std::time::Instant;

const METRES_PER_MS: f64 = 25.0 / 3_600.0;

fn main() {
    let count =
        |nth, usual| std::env::args().nth(nth).map_or(usual, |count| count.parse().expect("a number"));
    let (stations, vans) = (count(1, 100), count(2, 5));
    let start = Instant::now();
    let problem = draw(stations, vans, &mut Rng::of(1, "tours"));
    println!(
        "{stations} stations, {vans} vans; gains of all in {:.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    for seconds in [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0] {
        let worth: Vec<f64> = (1..=3).map(|seed| run(&problem, seconds, seed)).collect();
        println!("{seconds:6.2} s   {:7.2?} rides", worth);
    }
}

fn run(problem: &TourProblem, seconds: f64, seed: u64) -> f64 {
    let start = Instant::now();
    let mut budget = Budget::within(move || start.elapsed().as_secs_f64() / seconds);
    let (plan, report) = solve(problem, &mut budget, &mut Rng::new(seed));
    assert!(check(problem, &plan).is_empty());
    if seed == 1 {
        let stops: usize = plan.tours.iter().map(Vec::len).sum();
        print!(
            "bound {:.1}, {} iterations, {stops} stops, {:.3} s; ",
            report.bound,
            report.iterations,
            start.elapsed().as_secs_f64()
        );
    }
    report.worth.total
}

fn draw(stations: usize, vans: usize, rng: &mut Rng) -> TourProblem {
    let points: Vec<(f64, f64)> =
        (0..stations + 1).map(|_| (rng.unit() * 10_000.0, rng.unit() * 10_000.0)).collect();
    let times = TravelTimes::of(points.len(), |from, to| {
        let (from, to) = (points[from], points[to]);
        Millis(((from.0 - to.0).hypot(from.1 - to.1) * 1.3 / METRES_PER_MS) as u32)
    });
    let handling = Handling { stop: Millis::from_secs(120), bike: Millis::from_secs(30) };
    let van = Van {
        place: 0,
        free_in: Millis::ZERO,
        capacity: 20,
        load: 0,
        broken: 0,
        depot: 0,
        shift_ends_in: Millis::from_secs(6 * 3_600),
        handling,
        mends: true,
        batteries: 0,
        told: Vec::new(),
        declined: Vec::new(),
    };
    let (prices, horizon) = (Prices { hour: 4.0, stop: 0.0, change: 0.3 }, Millis::from_secs(7_200));
    TourProblem {
        times,
        sites: (0..stations).map(|at| site(at + 1, rng)).collect(),
        vans: vec![van; vans],
        prices,
        horizon,
    }
}

fn site(place: usize, rng: &mut Rng) -> Site {
    let docks = 10 + rng.below(21) as u32;
    let stock = rng.below(docks as usize + 1) as u32;
    let busy = 12.0 * rng.unit();
    let rates = Rates { rentals_per_hour: busy * rng.unit(), returns_per_hour: busy * rng.unit() };
    let slots = [RateSlot { lasts: Millis(900_000), rates }; 8];
    let outlook =
        StationOutlook { capacity: Some(docks), stock, slots: &slots, price: OutagePrice::default() };
    Site { place, gains: Gains::of_station(outlook, (20, 20)).expect("drawn within limits"), errand: None }
}
