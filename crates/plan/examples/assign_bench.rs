//! How long the exact assignment takes on three city instances:
//! `cargo run --release -p paceline-plan --example assign_bench`.

#[path = "../tests/instances/mod.rs"]
mod instances;

use paceline_plan::Budget;
use paceline_plan::matching::{Problem, assign};

const RUNS: usize = 21;

fn main() {
    let Some(instances) = instances::load() else {
        return println!("The assignment instances are not beside this checkout.");
    };
    println!("{:<26} {:>10} {:>10} {:>12}", "instance", "best ms", "median ms", "steps");
    for (name, problem, optimum) in instances {
        let mut times: Vec<f64> = (0..RUNS).map(|_| timed(&problem, optimum)).collect();
        times.sort_by(f64::total_cmp);
        let mut budget = Budget::unlimited();
        assign(&problem, &mut budget);
        println!("{name:<26} {:>10.2} {:>10.2} {:>12}", times[0], times[RUNS / 2], budget.used());
    }
}

fn timed(problem: &Problem, optimum: i128) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    let start = std::time::Instant::now();
    let matching = assign(problem, &mut Budget::unlimited());
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    assert_eq!(problem.cost(&matching), Some(optimum));
    milliseconds
}
