//! Drives, noisy traces of them, and what the matcher makes of those, as JSON for `bench/road/matching/run.py`:
//! `cargo run --release -p paceline-road --example matching -- FILE.osm.pbf DRIVES SEED > traces.json`.

#[path = "../tests/common/traces.rs"]
mod traces;

use paceline_model::Position;
use paceline_road::{ImportOptions, MatchOptions, Matcher, Roads, Search};
use serde_json::{Value, json};
use std::path::Path;
use traces::{Rng, Score, random_drive, trace};

/// Error in metres and seconds between positions, of the benchmark's four rows.
const KINDS: [(f64, u32); 4] = [(10.0, 1), (10.0, 15), (30.0, 1), (30.0, 15)];

fn line(line: &[Position]) -> Value {
    line.iter().map(|at| json!([at.lon(), at.lat()])).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("which extract?")?;
    let drives: usize = args.next().ok_or("how many drives?")?.parse()?;
    let seed: u64 = args.next().ok_or("which seed?")?.parse()?;
    let (roads, _) = Roads::import_osm_pbf(Path::new(&file), &ImportOptions::default())?;
    let mut search = Search::new(&roads);
    let mut out = Vec::new();
    for (sigma_m, every_s) in KINDS {
        let mut rng = Rng(seed);
        let mut matcher = Matcher::new(&roads, MatchOptions::for_sigma(sigma_m));
        let (mut sum, mut steps, mut fixes_seen) = (Score::default(), 0, 0);
        for drive in 0..drives {
            let path = random_drive(&roads, &mut search, &mut rng, 2_000.0..8_000.0);
            let mut noise = Rng(seed ^ (drive as u64) << 32);
            let fixes = trace(&path, every_s * 1_000, sigma_m, &mut noise);
            let matched = matcher.run(&fixes)?;
            sum.add(Score::of(&roads, &path, &matched));
            steps += matched.steps;
            fixes_seen += fixes.len();
            let truth: Vec<Position> = path.steps.iter().map(|step| step.position).collect();
            out.push(json!({
                "sigma_m": sigma_m,
                "every_s": every_s,
                "truth": line(&truth),
                "fixes": fixes.iter().map(|f| json!([f.position.lon(), f.position.lat(), f.at.0 / 1_000])).collect::<Value>(),
                "ours": matched.stretches.iter().map(|s| line(&s.line)).collect::<Value>(),
            }));
        }
        eprintln!(
            "sigma {sigma_m:>2} m, every {every_s:>2} s: {:.2} % of edges found, {:.2} % wrong, {} steps per position",
            sum.found() * 100.0,
            sum.wrong() * 100.0,
            steps / fixes_seen as u64
        );
    }
    println!("{}", Value::from(out));
    Ok(())
}
