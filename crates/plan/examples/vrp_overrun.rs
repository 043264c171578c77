//! How far past the deadline an answer comes, for wall-clock budgets from a tenth of a millisecond to a second. Each
//! electric instance is also solved without its batteries, as visits. Prints a row for each run; every answer is checked.
//! `bench/kernel/routes/` calls it.
//! `cargo run --release -p paceline-plan --example vrp_overrun -- FILE...`

use paceline_plan::Budget;
use paceline_plan::Rng;
use paceline_plan::solver::vrp::{VrpProblem, check, parse, solve};
use std::time::Instant;

/// Milliseconds, and how many runs of each instance: many where they cost nothing.
const BUDGETS: [(f64, u64); 7] =
    [(0.1, 20), (1.0, 20), (10.0, 20), (30.0, 10), (100.0, 5), (300.0, 3), (1_000.0, 2)];

fn main() {
    println!("instance,places,kind,budget_ms,seed,over_ms,unserved,notes");
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).expect("a file that can be read");
        let problem = parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let name = file.rsplit('/').next().unwrap_or(&file).trim_end_matches(".txt");
        measure(name, kind(&problem), &problem);
        if problem.energy.is_some() {
            measure(name, "visits", &VrpProblem { energy: None, ..problem });
        }
    }
}

fn kind(problem: &VrpProblem) -> &'static str {
    match (&problem.energy, problem.ride_max) {
        (Some(_), _) => "electric",
        (None, Some(_)) => "dial-a-ride",
        (None, None) => "pairs",
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn measure(name: &str, kind: &str, problem: &VrpProblem) {
    for (budget_ms, runs) in BUDGETS {
        for seed in 1..=runs {
            let start = Instant::now();
            let mut budget = Budget::within(move || start.elapsed().as_secs_f64() * 1e3 / budget_ms);
            let (solution, report) = solve(problem, &mut budget, &mut Rng::new(seed));
            let over_ms = start.elapsed().as_secs_f64() * 1e3 - budget_ms;
            let notes = check(problem, &solution).len();
            let places = problem.places.len() - 1;
            println!("{name},{places},{kind},{budget_ms},{seed},{over_ms:.3},{},{notes}", report.unserved);
        }
    }
}
