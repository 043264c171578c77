//! Draws a synthetic city and writes it as a road file:
//! `cargo run --release -p paceline-road --example city -- EDGES SEED FILE`.

use paceline_road::Roads;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [edges, seed, file] = words.as_slice() else { return Err("EDGES SEED FILE".into()) };
    let (roads, report) = Roads::synthetic_city(edges.parse()?, seed.parse()?)?;
    roads.save(Path::new(file))?;
    print!("{report}");
    println!("ports         {}", roads.port_count());
    println!("hierarchy     {} arcs", roads.hierarchy_arc_count());
    println!("file          {:.0} bytes per edge", roads.as_bytes().len() as f64 / roads.edge_count() as f64);
    println!("metric        {:.0} bytes per edge", roads.metric().bytes() as f64 / roads.edge_count() as f64);
    Ok(())
}
