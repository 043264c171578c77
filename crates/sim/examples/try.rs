//! scratch
use paceline_sim::*;
use std::sync::Arc;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = Scenario::load(std::path::Path::new(&a[1])).unwrap();
    let roads = Arc::new(s.open_roads().unwrap());
    let mut o = RunOptions::default();
    o.draw.vehicles = a.get(2).map(|v| v.parse().unwrap());
    o.draw.demand_scale = a.get(3).map_or(1.0, |v| v.parse().unwrap());
    let r = match run(&s, &roads, &o, &mut |_| {}) {
        Ok(r) => r,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(1)
        }
    };
    println!("{}", serde_json::to_string_pretty(&r.kpis).unwrap());
}
