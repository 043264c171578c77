//! Solves instances of the bike rebalancing problem one after the other and prints cost, bound, how far past the deadline
//! the answer came, and the routes, as `load: stop stop|load: stop ...`. `bench/bikes/` calls it.
//! SECONDS followed by `cpu`, as in `1cpu`, counts processor time instead, for a machine that is busy (Linux only).
//! `cargo run --release -p paceline-plan --example rebalancing_bench -- SECONDS SEED FILE...`

mod bench_clock;

use bench_clock::Limit;
use paceline_plan::Budget;
use paceline_plan::Rng;
use paceline_plan::solver::rebalancing::{RebalancingRoute, check, parse, solve};

fn main() {
    let mut args = std::env::args().skip(1);
    let Limit { seconds, clock } = Limit::read(&args.next().expect("SECONDS"));
    let seed: u64 = args.next().and_then(|word| word.parse().ok()).expect("SEED, a whole number");
    println!("instance,seconds,seed,vehicles,cost,bound,notes,iterations,steps,over_ms,routes");
    for file in args {
        let text = std::fs::read_to_string(&file).expect("a file that can be read");
        let problem = parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let start = clock();
        let mut budget = Budget::within(move || (clock() - start) / seconds);
        let (solution, report) = solve(&problem, &mut budget, &mut Rng::new(seed));
        let over_ms = (clock() - start - seconds) * 1e3;
        let notes = check(&problem, &solution);
        let name = file.rsplit('/').next().unwrap_or(&file).trim_end_matches(".txt");
        let route = |route: &RebalancingRoute| {
            let stops: Vec<String> = route.stops.iter().map(usize::to_string).collect();
            format!("{}: {}", route.start_load, stops.join(" "))
        };
        let routes: Vec<String> = solution.routes.iter().map(route).collect();
        assert_eq!(solution.cost(&problem), report.cost, "{name}: the search and the answer differ");
        println!(
            "{name},{seconds},{seed},{},{},{},{},{},{},{over_ms:.3},{}",
            routes.len(),
            report.cost,
            report.bound,
            notes.len(),
            report.iterations,
            report.steps,
            routes.join("|")
        );
        notes.iter().take(3).for_each(|note| eprintln!("{name}: {note}"));
    }
}
