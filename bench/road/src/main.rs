//! Our side of `bench/road`, with plain Dijkstra and `fast_paths` in the same process: measures one map and prints one JSON
//! document. `run.py` calls it, runs the peers beside it and makes the table.
//!
//! `paceline-bench-road measure MAP`, `preprocess MAP` and `customise MAP` (only that), `export MAP FILE` (the graph and points, for
//! the peers), `check MAP` (10,000 random pairs against an arc-based Dijkstra).

#[path = "../../../crates/road/tests/common/slow.rs"]
mod slow;

use paceline_model::Millis;
use paceline_road::{
    Customisation, Direction, EdgeId, ImportOptions, Leg, NearestIndex, NearestQuery, RoadPoint, Roads,
    Search, Targets, TravelTimes,
};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A number that looks random but is the same in every run. Source: SplitMix64 (Steele, Lea, Flood, 2014).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn place(roads: &Roads, number: u64) -> RoadPoint {
    let z = mix(number);
    let edge = EdgeId((((z >> 32) * roads.edge_count() as u64) >> 32) as u32);
    RoadPoint { edge, fraction: z as u16 }
}

fn places(roads: &Roads, from: u64, count: u64) -> Vec<RoadPoint> {
    (from..from + count).map(|number| place(roads, number)).collect()
}

fn load(name: &str) -> Result<Roads, Box<dyn Error>> {
    if let Some(edges) = name.strip_prefix("city:") {
        return Ok(Roads::synthetic_city(edges.parse()?, 1)?.0);
    }
    Ok(match name {
        _ if name.ends_with(".json") => Roads::import_node_link(&std::fs::read(name)?)?.0,
        _ if name.ends_with(".pbf") => Roads::import_osm_pbf(Path::new(name), &ImportOptions::default())?.0,
        _ => Roads::open(Path::new(name))?,
    })
}

/// The least of some runs, in milliseconds.
fn least_ms<T>(runs: u32, mut work: impl FnMut() -> T) -> f64 {
    let once = |work: &mut dyn FnMut() -> T| {
        let begin = Instant::now();
        black_box(work());
        begin.elapsed().as_secs_f64() * 1e3
    };
    (0..runs).map(|_| once(&mut work)).fold(f64::INFINITY, f64::min)
}

struct Bench {
    roads: Roads,
    results: Map<String, Value>,
}

impl Bench {
    fn record(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        eprintln!("{name:<44} {value}");
        self.results.insert(name.to_owned(), value);
    }
    fn sizes(&mut self) {
        let edges = self.roads.edge_count();
        let (file, metric) = (self.roads.as_bytes().len(), self.roads.metric().bytes());
        self.record("nodes", self.roads.node_count());
        self.record("edges", edges);
        self.record("restrictions", self.roads.restriction_count());
        self.record("ports", self.roads.port_count());
        self.record("hierarchy arcs", self.roads.hierarchy_arc_count());
        self.record("file bytes per edge", file as f64 / edges as f64);
        self.record("metric bytes per edge", metric as f64 / edges as f64);
    }
    fn customisation(&mut self, runs: u32) {
        let roads = self.roads.clone();
        for count in [1, 2] {
            let threads = NonZeroUsize::new(count).unwrap();
            for (name, kind) in [("basic", Customisation::Basic), ("perfect", Customisation::Perfect)] {
                let slower = |round: u32| -> Vec<Leg> {
                    let slow = |leg: &Leg| Leg { time: Millis(leg.time.0 + round), ..*leg };
                    roads.metric().weights().iter().map(slow).collect()
                };
                let weights = slower(7);
                let ms = least_ms(runs, || roads.customise(weights.clone(), kind, threads).unwrap());
                self.record(&format!("customise {name} {count}"), ms);
            }
        }
        let changes: Vec<(EdgeId, Leg)> = places(&roads, 77, 10)
            .iter()
            .map(|p| (p.edge, Leg { time: Millis(1_000), ..roads.edge_leg(p.edge) }))
            .collect();
        for (name, kind) in [("basic", Customisation::Basic), ("perfect", Customisation::Perfect)] {
            let weights = roads.metric().weights().to_vec();
            let metric = roads.customise(weights, kind, NonZeroUsize::MIN).unwrap();
            let roads = roads.with_metric(Arc::new(metric)).unwrap();
            let ms = least_ms(runs, || roads.customise_changes(&changes, NonZeroUsize::MIN).unwrap());
            self.record(&format!("customise 10 edges {name}"), ms);
        }
    }
    fn point_to_point(&mut self) {
        let roads = self.roads.clone();
        let pairs: Vec<_> =
            places(&roads, 0, 10_000).into_iter().zip(places(&roads, 20_000, 10_000)).collect();
        let mut search = Search::new(&roads);
        let us = |ms: f64, count: usize| ms * 1e3 / count as f64;
        let all = least_ms(3, || {
            pairs.iter().map(|&(a, b)| u64::from(roads.leg(&mut search, a, b).distance.0)).sum::<u64>()
        });
        self.record("p2p leg us", us(all, pairs.len()));
        let all = least_ms(1, || pairs.iter().filter_map(|&(a, b)| roads.path(&mut search, a, b)).count());
        self.record("p2p path us", us(all, pairs.len()));
        let few = &pairs[..300];
        let all = least_ms(1, || {
            few.iter()
                .map(|&(a, b)| u64::from(roads.leg_without_hierarchy(&mut search, a, b).time.0))
                .sum::<u64>()
        });
        self.record("p2p dijkstra us", us(all, few.len()));
    }
    fn tables(&mut self, sizes: &[(u64, u64)]) {
        let roads = self.roads.clone();
        for &(rows, columns) in sizes {
            let (from, to) = (places(&roads, 100_000, rows), places(&roads, 200_000, columns));
            for count in [1, 2] {
                let threads = NonZeroUsize::new(count).unwrap();
                let ms = least_ms(5, || roads.table(&from, &to, threads));
                self.record(&format!("table {rows}x{columns} {count}"), ms);
            }
            let targets = Targets::new(&roads, &to);
            let mut search = Search::new(&roads);
            let sample = &from[..from.len().min(20)];
            let row = |&place: &RoadPoint, search: &mut Search| {
                let query = NearestQuery { place, count: usize::MAX, bound: Millis::MAX };
                roads.nearest(search, query, &targets, Direction::FromSource)
            };
            let ms = least_ms(1, || sample.iter().map(|from| row(from, &mut search).len()).sum::<usize>());
            self.record(&format!("table {rows}x{columns} dijkstra"), ms * rows as f64 / sample.len() as f64);
        }
    }
    fn nearest(&mut self, orders: u64, fleets: &[u64], count: usize) {
        let roads = self.roads.clone();
        let query = |place| NearestQuery { place, count, bound: Millis::MAX };
        let queries: Vec<NearestQuery> = places(&roads, 300_000, orders).into_iter().map(query).collect();
        for &fleet in fleets {
            let vehicles = places(&roads, 400_000, fleet);
            for number in [1, 2] {
                let threads = NonZeroUsize::new(number).unwrap();
                let sweep = || {
                    let targets = Targets::new(&roads, &vehicles);
                    NearestIndex::new(&roads, targets, Direction::ToSource, count, Millis::MAX, threads)
                        .answer(&queries, threads)
                };
                self.record(&format!("nearest {orders} of {fleet} sweep {number}"), least_ms(5, sweep));
                let all = || {
                    let targets = Targets::new(&roads, &vehicles);
                    roads.nearest_for_all(
                        &mut Search::new(&roads),
                        &queries,
                        &targets,
                        Direction::ToSource,
                        threads,
                    )
                };
                self.record(&format!("nearest {orders} of {fleet} chosen {number}"), least_ms(5, all));
            }
            let targets = Targets::new(&roads, &vehicles);
            let mut search = Search::new(&roads);
            let sample = &queries[..queries.len().min(1_000)];
            let one = |&query: &NearestQuery, search: &mut Search| {
                roads.nearest(search, query, &targets, Direction::ToSource).len()
            };
            let ms = least_ms(3, || sample.iter().map(|query| one(query, &mut search)).sum::<usize>());
            self.record(
                &format!("nearest {orders} of {fleet} dijkstra"),
                ms * queries.len() as f64 / sample.len() as f64,
            );
            let mut index = NearestIndex::new(
                &roads,
                targets,
                Direction::ToSource,
                count,
                Millis::MAX,
                NonZeroUsize::MIN,
            );
            let mut moved = vehicles.clone();
            let tenth = moved.len() / 10;
            moved[..tenth].copy_from_slice(&places(&roads, 500_000, tenth as u64));
            let targets = [Targets::new(&roads, &vehicles), Targets::new(&roads, &moved)];
            let mut turn = 0;
            let ms = least_ms(4, || {
                turn += 1;
                index.update(targets[turn % 2].clone());
            });
            self.record(&format!("nearest {orders} of {fleet} follow a tenth"), ms);
        }
    }
    fn fast_paths(&mut self) {
        let mut graph = fast_paths::InputGraph::new();
        for (from, to, edge) in self.roads.turn_arcs().filter(|(from, to, _)| from != to) {
            graph.add_edge(from as usize, to as usize, self.roads.edge_leg(edge).time.0 as usize);
        }
        graph.freeze();
        let begin = Instant::now();
        let fast = fast_paths::prepare(&graph);
        self.record("fast_paths prepare ms", begin.elapsed().as_secs_f64() * 1e3);
        let mut calculator = fast_paths::create_calculator(&fast);
        let ports = self.roads.port_count() as u64;
        let pairs: Vec<_> =
            (0..10_000).map(|i| ((mix(i) % ports) as usize, (mix(i + 20_000) % ports) as usize)).collect();
        let ms = least_ms(3, || {
            pairs
                .iter()
                .filter_map(|&(a, b)| calculator.calc_path(&fast, a, b))
                .map(|p| p.get_weight())
                .sum::<usize>()
        });
        self.record("fast_paths p2p us", ms * 1e3 / pairs.len() as f64);
    }
}

fn measure(name: &str) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let roads = load(name)?;
    let import = begin.elapsed().as_secs_f64() * 1e3;
    let mut bench = Bench { roads, results: Map::new() };
    bench.record("import ms", import);
    bench.sizes();
    let large = bench.roads.edge_count() > 400_000;
    bench.customisation(if large { 3 } else { 20 });
    bench.point_to_point();
    if large {
        bench.nearest(2_000, &[5_000, 20_000], 20);
    } else {
        bench.tables(&[(100, 100), (1_000, 1_000), (1_000, 200)]);
        bench.nearest(5_000, &[200, 1_250, 2_500, 5_000, 10_000, 20_000], 20);
        bench.nearest(50, &[200, 2_000], 20);
        bench.fast_paths();
    }
    println!("{}", Value::Object(bench.results));
    Ok(())
}

/// Turns, order, contraction and a first metric, on as many threads as there are processors for this process.
fn preprocess(name: &str) -> Result<(), Box<dyn Error>> {
    let roads = load(name)?;
    let restrictions: Vec<_> = roads.turn_restrictions().collect();
    let runs = if roads.edge_count() > 400_000 { 1 } else { 3 };
    let ms = least_ms(runs, || roads.with_turn_restrictions(&restrictions).unwrap());
    println!("{}", json!({ "preprocess ms": ms }));
    Ok(())
}

/// Customisation alone.
fn customise(name: &str) -> Result<(), Box<dyn Error>> {
    let mut bench = Bench { roads: load(name)?, results: Map::new() };
    bench.customisation(if bench.roads.edge_count() > 400_000 { 3 } else { 50 });
    Ok(())
}

/// Writes what the peers need: the graph of allowed drives, and the points of the measurements.
fn export(name: &str, file: &str) -> Result<(), Box<dyn Error>> {
    let roads = load(name)?;
    let mut at = vec![[0.0; 2]; roads.port_count()];
    let mut arcs = Vec::new();
    for (from, to, edge) in roads.turn_arcs() {
        let line = roads.edge_geometry(edge);
        at[from as usize] = [line[0].lat(), line[0].lon()];
        arcs.push((from, to, roads.edge_leg(edge).time.0));
    }
    let points = |from, count| -> Vec<[f64; 2]> {
        let position = |place| roads.position(place);
        places(&roads, from, count).into_iter().map(position).map(|p| [p.lat(), p.lon()]).collect()
    };
    let ports = roads.port_count() as u64;
    let pairs: Vec<_> = (0..10_000).map(|i| (mix(i) % ports, mix(i + 20_000) % ports)).collect();
    let document = json!({
        "ports": at, "arcs": arcs, "pairs": pairs,
        "from": points(0, 2_000), "to": points(20_000, 2_000),
        "vehicles": points(400_000, 10_000),
        "rows": points(100_000, 1_000), "columns": points(200_000, 1_000),
        "row_ports": (0..1_000).map(|i| mix(100_000 + i) % ports).collect::<Vec<_>>(),
        "column_ports": (0..1_000).map(|i| mix(200_000 + i) % ports).collect::<Vec<_>>(),
    });
    std::fs::write(file, document.to_string())?;
    Ok(())
}

/// 10,000 random pairs, 100 from each of 100 places, against Dijkstra's algorithm on edges with the turn restrictions.
fn check(name: &str) -> Result<(), Box<dyn Error>> {
    let roads = load(name)?;
    let slow = slow::Slow::new(&roads);
    let mut search = Search::new(&roads);
    let (mut wrong, mut cut_off) = (0, 0);
    for start in 0..100 {
        let from = place(&roads, 600_000 + start);
        let to = places(&roads, 700_000 + start * 100, 100);
        let table = roads.table(&[from], &to, NonZeroUsize::MIN);
        for ((to, wanted), in_table) in to.iter().zip(slow.from(from, &to)).zip(table) {
            let path = roads.path(&mut search, from, *to);
            let restrictions_kept =
                path.iter().all(|path| path.edges.windows(2).all(|pair| roads.may_turn(pair[0], pair[1])));
            let same = slow::cost(roads.leg(&mut search, from, *to)) == wanted
                && slow::cost(in_table) == wanted
                && path.and_then(|path| slow::cost(path.leg)) == wanted;
            wrong += usize::from(!same || !restrictions_kept);
            cut_off += usize::from(wanted.is_none());
        }
    }
    println!(
        "{name}: 10000 pairs, {wrong} differ from Dijkstra's algorithm on edges, {cut_off} have no path"
    );
    if wrong > 0 { Err("not exact".into()) } else { Ok(()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure", map] => measure(map),
        ["preprocess", map] => preprocess(map),
        ["customise", map] => customise(map),
        ["export", map, file] => export(map, file),
        ["check", map] => check(map),
        _ => Err("measure MAP | preprocess MAP | customise MAP | export MAP FILE | check MAP".into()),
    }
}
