//! A jam on the Manhattan evening, with and without the fleet as its own sensor:
//! `jam data/manhattan/scenario.toml [VEHICLES] [SEEDS] [DEMAND_SCALE] [LAT,LON,RADIUS_M,SPEED_SHARE]`. `SEEDS` is how many, from 1,
//! or one range such as `4-6`. Prints the two tables of docs/benchmarks/traffic.md.

use paceline_model::{Millis, Position};
use paceline_sim::{Draw, Jam, JamMinute, Outcome, RunOptions, Scenario, TimeOfDay, TrafficOptions, run};
use std::ops::RangeInclusive;
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

/// All streets within 900 m of Bryant Park, at a fifth of their speed.
const MIDTOWN: &str = "40.7560,-73.9840,900,0.2";
/// Minutes after the jam began at which is told what is known of it.
const MINUTES: [u32; 7] = [1, 2, 3, 5, 10, 30, 60];

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = |index: usize, otherwise| args.get(index).map_or(otherwise, String::as_str);
    let mut scenario = Scenario::load(std::path::Path::new(args.first().ok_or("which scenario?")?))?;
    scenario.reports.moving = Millis::from_secs(10);
    let roads = Arc::new(scenario.open_roads()?);
    let (jam, seeds) = (jam(text(4, MIDTOWN))?, seeds(text(2, "3"))?);
    let draw = Draw {
        vehicles: Some(text(1, "400").parse()?),
        demand_scale: text(3, "1").parse()?,
        from: Some(TimeOfDay::new(17, 0, 0, 0)?),
        until: Some(TimeOfDay::new(20, 0, 0, 0)?),
        ..Draw::default()
    };
    println!(
        "| seed | fleet senses | served | wait mean s | wait p95 s | timed out | planned again | ms a minute |"
    );
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut seen = Vec::new();
    for seed in seeds {
        for senses in [false, true] {
            let traffic = Some(TrafficOptions { jam: Some(jam), senses, every: Millis::from_secs(60) });
            let options =
                RunOptions { draw: Draw { seed, ..draw.clone() }, traffic, ..RunOptions::default() };
            let outcome = run(&scenario, &roads, &options, &mut |_| {})?;
            print_waits(seed, senses, &outcome);
            seen.extend(senses.then_some((seed, outcome)));
        }
    }
    println!(
        "\n| seed | edges | minute | driven | found | of driven | false alarms | speeds off by | of driven |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (seed, outcome) in &seen {
        let Some(report) = &outcome.traffic else { continue };
        for known in report.minutes.iter().filter(|known| MINUTES.contains(&known.minute)) {
            print_known(*seed, report.jam_edges, known);
        }
    }
    Ok(())
}

/// From an hour after the start on, for an hour and a half.
fn jam(text: &str) -> Result<Jam, Failure> {
    let numbers = text.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [lat, lon, radius_m, speed_share] = numbers[..] else {
        return Err(format!("jam is {text}: must be LAT,LON,RADIUS_M,SPEED_SHARE").into());
    };
    Ok(Jam {
        around: Position::new(lat, lon)?,
        radius_m,
        after: Millis::from_secs(3_600),
        lasts: Millis::from_secs(5_400),
        speed_share,
    })
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, Failure> {
    let (first, last) = text.split_once('-').unwrap_or(("1", text));
    Ok(first.parse()?..=last.parse()?)
}

fn print_waits(seed: u64, senses: bool, outcome: &Outcome) {
    let kpis = &outcome.kpis;
    let planned = outcome.traffic.as_ref().map_or(0, |traffic| traffic.planned_again);
    // From 17:00 to 20:00.
    let ms_a_minute = outcome.sensing_seconds * 1e3 / 180.0;
    println!(
        "| {seed} | {} | {} | {:.1} | {:.1} | {} | {planned} | {ms_a_minute:.1} |",
        if senses { "yes" } else { "no" },
        kpis.served,
        kpis.wait_mean_s,
        kpis.wait_p95_s,
        kpis.timed_out
    );
}

fn print_known(seed: u64, edges: usize, known: &JamMinute) {
    println!(
        "| {seed} | {edges} | {} | {} | {} | {} | {} | {:.1} % | {:.1} % |",
        known.minute,
        known.driven,
        known.found,
        known.found_driven,
        known.false_alarms,
        known.speed_error * 100.0,
        known.speed_error_driven * 100.0
    );
}
