//! Runs a scenario and prints its table as JSON: for measurements and profiles:
//! `day FILE [VEHICLES] [POLICY,POLICY or -] [SCALE] [REPORT or -] [REGIONS]`.

use paceline_plan::PolicyKind;
use paceline_sim::{RunOptions, Scenario, report, run};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scenario = Scenario::load(std::path::Path::new(args.first().ok_or("which scenario?")?))?;
    let mut options = RunOptions::default();
    options.draw.vehicles = args.get(1).map(|text| text.parse()).transpose()?;
    options.draw.demand_scale = args.get(3).map_or(Ok(1.0), |text| text.parse())?;
    options.regions = args.get(5).map(|text| text.parse()).transpose()?;
    let roads = Arc::new(scenario.open_roads()?);
    let mut outcomes = Vec::new();
    for name in args.get(2).map_or("-", String::as_str).split(',') {
        options.policy = (name != "-").then(|| name.parse::<PolicyKind>()).transpose()?;
        let outcome = run(&scenario, &roads, &options, &mut |_| {})?;
        println!("{}", serde_json::to_string_pretty(&outcome.kpis)?);
        outcomes.push(outcome);
    }
    if let Some(file) = args.get(4).filter(|file| *file != "-") {
        std::fs::write(file, report::render(&scenario, &roads, &outcomes)?)?;
    }
    Ok(())
}
