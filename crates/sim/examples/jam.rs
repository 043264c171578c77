//! A jam on the Manhattan evening, with and without the fleet as its own sensor:
//! `jam data/manhattan/scenario.toml [VEHICLES] [SEEDS]`. Prints the two tables of docs/benchmarks/traffic.md.

use paceline_model::{Millis, Position};
use paceline_sim::{Draw, Jam, Outcome, RunOptions, Scenario, TimeOfDay, TrafficOptions, run};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut scenario = Scenario::load(std::path::Path::new(args.first().ok_or("which scenario?")?))?;
    scenario.reports.moving_s = 10;
    let vehicles = args.get(1).map_or(Ok(400), |text| text.parse())?;
    let seeds: u64 = args.get(2).map_or(Ok(3), |text| text.parse())?;
    let roads = Arc::new(scenario.open_roads()?);
    let jam = Jam {
        around: Position::new(40.7560, -73.9840)?,
        radius_m: 900.0,
        after: Millis::from_secs(3_600),
        lasts: Millis::from_secs(5_400),
        speed_share: 0.2,
    };
    let (from, until) = (TimeOfDay::new(17, 0, 0, 0)?, TimeOfDay::new(20, 0, 0, 0)?);
    println!("| seed | fleet senses | served | wait mean s | wait p95 s | timed out | planned anew |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
    let mut seen = Vec::new();
    for seed in 1..=seeds {
        for senses in [false, true] {
            let draw = Draw {
                vehicles: Some(vehicles),
                seed,
                from: Some(from),
                until: Some(until),
                ..Draw::default()
            };
            let traffic = Some(TrafficOptions { jam: Some(jam), senses, every: Millis::from_secs(60) });
            let outcome =
                run(&scenario, &roads, &RunOptions { draw, traffic, ..RunOptions::default() }, &mut |_| {})?;
            row(seed, senses, &outcome);
            seen.extend(senses.then_some((seed, outcome)));
        }
    }
    println!(
        "\n| seed | edges in the jam | minute | driven since it began | of those found | false alarms | speeds off by |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (seed, outcome) in &seen {
        let Some(report) = &outcome.traffic else { continue };
        for minute in report.minutes.iter().filter(|minute| [1, 2, 3, 5, 10, 30, 60].contains(&minute.minute))
        {
            println!(
                "| {seed} | {} | {} | {} | {} | {} | {:.1} % |",
                report.jam_edges,
                minute.minute,
                minute.driven,
                minute.found,
                minute.false_alarms,
                minute.speed_error * 100.0
            );
        }
    }
    Ok(())
}

fn row(seed: u64, senses: bool, outcome: &Outcome) {
    let kpis = &outcome.kpis;
    let planned = outcome.traffic.as_ref().map_or(0, |traffic| traffic.planned_again);
    println!(
        "| {seed} | {} | {} | {:.1} | {:.1} | {} | {planned} |",
        if senses { "yes" } else { "no" },
        kpis.served,
        kpis.wait_mean_s,
        kpis.wait_p95_s,
        kpis.timed_out
    );
}
