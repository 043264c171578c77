//! Solves instances one after the other and prints vehicles, distance, how far past the deadline the answer came, and
//! the routes, as `place place|place ...`. `bench/kernel/routes/` calls it.
//! SECONDS followed by `cpu`, as in `1cpu`, counts processor time instead, for a machine that is busy (Linux only).
//! `cargo run --release -p paceline-plan --example vrp_bench -- SECONDS SEED FILE...`

mod bench_clock;

use bench_clock::Limit;
use paceline_plan::Budget;
use paceline_plan::Rng;
use paceline_plan::solver::vrp::{VrpRoute, VrpStop, check, parse, solve};

fn main() {
    let mut args = std::env::args().skip(1);
    let Limit { seconds, clock } = Limit::read(&args.next().expect("SECONDS"));
    let seed: u64 = args.next().and_then(|word| word.parse().ok()).expect("SEED, a whole number");
    println!(
        "instance,seconds,seed,vehicles,distance,unserved,notes,iterations,ejections,steps,over_ms,routes"
    );
    for file in args {
        let text = std::fs::read_to_string(&file).expect("a file that can be read");
        let problem = parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let start = clock();
        let mut budget = Budget::within(move || (clock() - start) / seconds);
        let (solution, report) = solve(&problem, &mut budget, &mut Rng::new(seed));
        let over_ms = (clock() - start - seconds) * 1e3;
        let notes = check(&problem, &solution);
        let name = file.rsplit('/').next().unwrap_or(&file).trim_end_matches(".txt");
        let place = |stop: &VrpStop| stop.place.to_string();
        let route = |route: &VrpRoute| route.stops.iter().map(place).collect::<Vec<String>>().join(" ");
        let routes: Vec<String> = solution.routes.iter().map(route).collect();
        println!(
            "{name},{seconds},{seed},{},{:.4},{},{},{},{},{},{over_ms:.3},{}",
            report.vehicles,
            report.distance,
            report.unserved,
            notes.len(),
            report.iterations,
            report.ejections,
            report.steps,
            routes.join("|")
        );
        notes.iter().take(3).for_each(|note| eprintln!("{name}: {note}"));
    }
}
