//! Measures the searches on a network: `cargo run --release -p paceline-road --example measure -- FILE`,
//! where FILE is a road file, an `.osm.pbf` extract or node-link JSON.

use paceline_model::Millis;
use paceline_road::{
    Direction, EdgeId, ImportOptions, NearestQuery, RoadPoint, Roads, Search, Targets, TravelTimes,
};
use std::hint::black_box;
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
fn micros<T>(repeats: u32, mut work: impl FnMut(u32) -> T) -> f64 {
    let begin = std::time::Instant::now();
    for number in 0..repeats {
        black_box(work(number));
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(repeats)
}

/// A place that looks random but is the same in every run. Source: the mixer of SplitMix64 (Steele, Lea, Flood, 2014).
fn place(roads: &Roads, number: u32) -> RoadPoint {
    let mut z = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    let edge = EdgeId((((z >> 32) * roads.edge_count() as u64) >> 32) as u32);
    RoadPoint { edge, fraction: (z & 0xffff) as u16 }
}

fn load(name: &str) -> Result<Roads, Box<dyn std::error::Error>> {
    Ok(match name {
        _ if name.ends_with(".json") => Roads::import_node_link(&std::fs::read(name)?)?.0,
        _ if name.ends_with(".pbf") => Roads::import_osm_pbf(Path::new(name), &ImportOptions::default())?.0,
        _ => Roads::open(Path::new(name))?,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).ok_or("which network?")?;
    let roads = load(&name)?;
    println!("{} nodes, {} edges", roads.node_count(), roads.edge_count());
    let mut search = Search::new(&roads);
    let places: Vec<RoadPoint> = (0..2_000).map(|number| place(&roads, number)).collect();
    let targets = Targets::new(&roads, &places);
    let source = |number: u32| place(&roads, number + 1_000_000);
    println!("{:>9.1} us  prepare 2,000 targets", micros(100, |_| Targets::new(&roads, &places)));
    for (count, seconds) in [(20, 600), (usize::MAX, 600), (usize::MAX, u32::MAX / 1_000)] {
        let mut settled = 0;
        let time = micros(2_000, |number| {
            let query = NearestQuery { place: source(number), count, bound: Millis::from_secs(seconds) };
            roads.nearest(&mut search, query, &targets, Direction::ToSource);
            settled += search.settled();
        });
        let count = if count == usize::MAX { "all".to_owned() } else { count.to_string() };
        println!(
            "{time:>9.1} us  {count} nearest of 2,000 within {seconds} s, {} nodes settled",
            settled / 2_000
        );
    }
    let few = Targets::new(&roads, &places[..20]);
    let nearest = |number: u32| {
        let query = NearestQuery { place: source(number), count: 20, bound: Millis::from_secs(600) };
        roads.nearest(&mut search, query, &few, Direction::ToSource)
    };
    println!("{:>9.1} us  20 nearest of 20 within 600 s", micros(2_000, nearest));
    let leg = |number: u32| roads.leg(&mut search, source(number), places[number as usize % 2_000]);
    println!("{:>9.1} us  one leg", micros(5_000, leg));
    let path = |number: u32| roads.path(&mut search, source(number), places[number as usize % 2_000]);
    println!("{:>9.1} us  one path", micros(5_000, path));
    let snap = |number: u32| roads.snap(roads.position(source(number)), 200.0);
    println!("{:>9.1} us  one snap", micros(20_000, snap));
    Ok(())
}
