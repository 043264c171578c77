//! The value of inventory of many stations on one core: `inventory_bench [STATIONS]`. Rates are drawn; stations have 10 to 40 docks, and
//! riders come at up to 12 an hour each way over twelve quarters of an hour.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use paceline_model::Millis;
use paceline_plan::Rng;
use paceline_plan::bikes::inventory::{FirstPassage, LostRides, Station};
use paceline_plan::forecast::stations::{RateSlot, Rates};
use std::time::Instant;

fn main() {
    let stations =
        std::env::args().nth(1).map_or(5_000, |count| count.parse().expect("stations are a number"));
    let mut rng = Rng::of(1, "inventory");
    let drawn: Vec<(u32, Vec<RateSlot>)> = (0..stations).map(|_| draw(&mut rng)).collect();
    let problems =
        || drawn.iter().map(|(docks, slots)| Station::new(Some(*docks), slots).expect("drawn within limits"));

    let start = Instant::now();
    let lost: f64 = problems().map(|station| LostRides::of(station).rides(5)).sum();
    let lost_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let empty: f64 = problems().map(|station| FirstPassage::of(station).empty(5).chance).sum();
    let passage_ms = start.elapsed().as_secs_f64() * 1e3;

    println!("{stations} stations, 12 quarters of an hour, all stocks of each");
    println!("lost rides     {lost_ms:8.1} ms   (with 5 bikes each {lost:.0} rides are lost)");
    println!("first passages {passage_ms:8.1} ms   (with 5 bikes each {empty:.0} stations run empty)");
}

fn draw(rng: &mut Rng) -> (u32, Vec<RateSlot>) {
    let docks = 10 + rng.below(31) as u32;
    let busy = 12.0 * rng.unit();
    let slot = |rng: &mut Rng| RateSlot {
        lasts: Millis(900_000),
        rates: Rates { rentals_per_hour: busy * rng.unit(), returns_per_hour: busy * rng.unit() },
    };
    let slots = (0..12).map(|_| slot(rng)).collect();
    (docks, slots)
}
