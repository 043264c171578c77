//! Packs the instances of a folder within a time and prints one line each:
//! `packing_bench FOLDER MILLISECONDS [SEEDS]`. Called by `bench/kernel/packing`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "packing_instance/mod.rs"]
mod packing_instance;

use paceline_plan::Budget;
use paceline_plan::solver::packing::{check, solve};
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("the first argument is a folder");
    let limit = Duration::from_millis(args.next().and_then(|ms| ms.parse().ok()).expect("then milliseconds"));
    let seeds = args.next().map_or(1, |seeds| seeds.parse().expect("seeds are a number"));
    for (name, problem) in packing_instance::all(Path::new(&folder)) {
        for seed in 0..seeds {
            let start = Instant::now();
            let mut budget = Budget::within(move || start.elapsed().div_duration_f64(limit));
            let (selection, report) = solve(&problem, None, seed, &mut budget);
            let taken = start.elapsed();
            assert!(check(&problem, &selection).is_empty());
            assert_eq!(problem.cost(&selection), report.cost);
            println!(
                "{name},{seed},{},{},{:.3},{:.2},{}",
                report.cost,
                report.bound,
                report.gap() * 100.0,
                taken.as_secs_f64() * 1e3,
                report.steps
            );
        }
    }
}
