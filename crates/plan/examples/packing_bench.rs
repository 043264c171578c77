//! Packs the instances of a folder within a time and prints one line each:
//! `packing_bench FOLDER MILLISECONDS [SEEDS]`. Called by `bench/kernel/packing`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use paceline_plan::Budget;
use paceline_plan::packing::{Columns, Problem, check, solve};
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("the first argument is a folder");
    let limit = Duration::from_millis(args.next().and_then(|ms| ms.parse().ok()).expect("then milliseconds"));
    let seeds = args.next().map_or(1, |seeds| seeds.parse().expect("seeds are a number"));
    let files = std::fs::read_dir(&folder).expect("the folder can be read");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "csv"));
    paths.sort();
    for path in paths {
        let problem = read(&path);
        for seed in 0..seeds {
            let start = Instant::now();
            let mut budget = Budget::until(move || start.elapsed() >= limit);
            let (selection, report) = solve(&problem, None, seed, &mut budget);
            let taken = start.elapsed();
            assert!(check(&problem, &selection).is_empty());
            assert_eq!(problem.cost(&selection), report.cost);
            println!(
                "{},{seed},{},{},{:.3},{:.2},{}",
                path.file_stem().unwrap_or_default().display(),
                report.cost,
                report.bound,
                report.gap() * 100.0,
                taken.as_secs_f64() * 1e3,
                report.steps
            );
        }
    }
}

/// `vehicle,cost_s,requests` after a comment that says how many requests there are and what leaving one costs.
fn read(path: &Path) -> Problem {
    let text = std::fs::read_to_string(path).expect("the instance can be read");
    let head = |name: &str| -> i64 {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|value| value.parse().ok()).expect("the comment gives the sizes")
    };
    let mut columns = Columns::default();
    for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
        let mut cells = line.split(',');
        let vehicle = cells.next().and_then(|cell| cell.parse().ok()).expect("a vehicle");
        let cost: f64 = cells.next().and_then(|cell| cell.parse().ok()).expect("a cost");
        let requests = cells.next().expect("requests").split_whitespace();
        let mut requests: Vec<u32> = requests.map(|word| word.parse().expect("a request")).collect();
        requests.sort_unstable();
        columns.push(vehicle, &requests, (cost * 10.0).round() as i64);
    }
    let outside = vec![head("penalty_unserved") * 10; head("requests") as usize];
    Problem { vehicles: head("vehicles") as u32, outside, columns }
}
