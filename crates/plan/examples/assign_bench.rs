//! Times the exact assignment. `bench/kernel/assign/run.py` calls it and puts the peers beside it; by hand:
//!
//! ```sh
//! assign_bench                                            # three city instances from beside the checkout
//! assign_bench generate DIR ORDERS VEHICLES TICKS SEED    # writes ticks as files of 32-bit words
//! assign_bench ticks DIR                                  # solves them one after the other, warm and cold
//! assign_bench budget MS                                  # 50,000 orders, 20,000 vehicles, a budget in milliseconds
//! ```

#[path = "../tests/instances/city.rs"]
mod city;
#[path = "../tests/instances/mod.rs"]
mod instances;

use city::{City, Tick};
use paceline_plan::Budget;
use paceline_plan::solver::assignment::{AssignmentProblem, Matcher, Matching, Pair, assign};
use std::path::Path;
use std::time::{Duration, Instant};

const RUNS: usize = 21;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words[at].parse().expect("a whole number");
    match words.first().map(String::as_str) {
        None => fixed(),
        Some("generate") => generate(Path::new(&words[1]), number(2), number(3), number(4), number(5)),
        Some("ticks") => ticks(Path::new(&words[1])),
        Some("budget") => budget(number(1) as u64),
        Some(other) => println!("no such command: {other}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn fixed() {
    let Some(instances) = instances::load() else {
        return println!("The assignment instances are not beside this checkout.");
    };
    println!("{:<32} {:>10} {:>10} {:>12}", "instance", "best ms", "median ms", "steps");
    for (name, mut problem, optimum) in instances {
        line(name, &problem, optimum);
        // As the search for candidates gives them.
        problem.pairs.sort_by_key(|pair| (pair.row, pair.cost));
        line(&format!("{name}_sorted"), &problem, optimum);
    }
}

fn line(name: &str, problem: &AssignmentProblem, optimum: i128) {
    let mut times: Vec<f64> = (0..RUNS).map(|_| timed(problem, optimum)).collect();
    times.sort_by(f64::total_cmp);
    let mut budget = Budget::unlimited();
    assign(problem, &mut budget);
    println!("{name:<32} {:>10.3} {:>10.3} {:>12}", times[0], times[RUNS / 2], budget.used());
}

fn timed(problem: &AssignmentProblem, optimum: i128) -> f64 {
    let start = now();
    let matching = assign(problem, &mut Budget::unlimited());
    let milliseconds = ms(start);
    assert_eq!(problem.cost(&matching), Some(optimum));
    milliseconds
}

fn generate(dir: &Path, orders: usize, vehicles: usize, ticks: usize, seed: usize) {
    let mut city = City::new(orders, vehicles, 20, seed as u64);
    for number in 0..ticks {
        write(&dir.join(format!("tick_{number:02}.bin")), &city.tick());
        city.step();
    }
}

fn ticks(dir: &Path) {
    let files =
        (0..).map(|number| dir.join(format!("tick_{number:02}.bin"))).take_while(|file| file.exists());
    let ticks: Vec<Tick> = files.map(|file| read(&file)).collect();
    let mut matcher = Matcher::default();
    let (mut warm_ms, mut cold_ms, mut first_ms) = (0.0, 0.0, 0.0);
    for (number, tick) in ticks.iter().enumerate() {
        let start = now();
        let warm = matcher.solve(&tick.problem, &tick.rows, &tick.columns, &mut Budget::unlimited());
        let one_ms = ms(start);
        let start = now();
        let cold = if std::env::var("WARM").is_ok() {
            warm.clone()
        } else {
            assign(&tick.problem, &mut Budget::unlimited())
        };
        cold_ms += ms(start);
        warm_ms += one_ms;
        first_ms += if number == 0 { one_ms } else { 0.0 };
        let cost = |matching: &Matching| tick.problem.cost(matching).expect("it takes existing pairs");
        assert_eq!(cost(&warm), cost(&cold), "tick {number}");
        println!("optimum {number} {}", cost(&warm));
    }
    println!("warm_ms {warm_ms:.3}\nfirst_ms {first_ms:.3}\ncold_ms {cold_ms:.3}");
}

/// The first round from nothing and three more from the one before, each within the budget; and how far from cheapest.
fn budget(budget_ms: u64) {
    let mut city = City::new(50_000, 20_000, 20, 1);
    let mut matcher = Matcher::default();
    for number in 0..4 {
        let tick = city.tick();
        let start = now();
        let deadline = Duration::from_millis(budget_ms);
        let mut budget = Budget::within(move || start.elapsed().div_duration_f64(deadline));
        let matching = matcher.solve(&tick.problem, &tick.rows, &tick.columns, &mut budget);
        let taken_ms = ms(start);
        let start = now();
        let best = assign(&tick.problem, &mut Budget::unlimited());
        let cold_ms = ms(start);
        let cost = |matching: &Matching| tick.problem.cost(matching).expect("it takes existing pairs");
        let above = 1e2 * (cost(&matching) - cost(&best)) as f64 / cost(&best) as f64;
        let known = 1e2 * matching.gap as f64 / (cost(&matching) - matching.gap) as f64;
        println!(
            "round {number}: {taken_ms:.1} ms, exact {}, {above:.3} % above, known {known:.3} %, alone {cold_ms:.0} ms",
            matching.exact
        );
        city.step();
    }
    let tick = city.tick();
    city.step();
    let next = city.tick();
    for (budgets, first_us, further_us) in [("30 to 230 ms", 30_000, 1_000), ("0.3 to 60 ms", 300, 300)] {
        let name = |how: &str| format!("{how}, {budgets}");
        overrun(&name("from nothing"), first_us, further_us, |budget| {
            assign(&tick.problem, budget);
        });
        let mut matcher = Matcher::always_warm();
        matcher.solve(&tick.problem, &tick.rows, &tick.columns, &mut Budget::unlimited());
        let mut turn = [&next, &tick].into_iter().cycle();
        overrun(&name("repaired"), first_us, further_us, |budget| {
            let Tick { problem, rows, columns } = turn.next().expect("it goes on for ever");
            matcher.solve(problem, rows, columns, budget);
        });
    }
}

/// How long after the end of its budget an assignment ends, over 200 budgets from `first_us` on.
fn overrun(name: &str, first_us: u64, further_us: u64, mut solve: impl FnMut(&mut Budget)) {
    let mut over: Vec<f64> = (0..200_u64)
        .map(|run| {
            let start = now();
            let deadline = Duration::from_micros(first_us + run * further_us);
            let mut budget = Budget::within(move || start.elapsed().div_duration_f64(deadline));
            solve(&mut budget);
            (ms(start) - deadline.as_secs_f64() * 1e3).max(0.0)
        })
        .collect();
    over.sort_by(f64::total_cmp);
    println!("overrun ms, {name}: p50 {:.2}, p99 {:.2}, most {:.2}", over[100], over[198], over[199]);
}

/// Shape, in 32-bit little-endian words: how many rows, columns and pairs; unassigned costs; names of rows and of columns, each
/// ascending; then row, column and cost of each pair.
fn write(path: &Path, tick: &Tick) {
    let problem = &tick.problem;
    let mut words =
        vec![problem.unassigned_cost.len() as u32, problem.columns as u32, problem.pairs.len() as u32];
    words.extend(problem.unassigned_cost.iter().map(|&cost| cost as u32));
    words.extend(&tick.rows);
    words.extend(&tick.columns);
    words.extend(problem.pairs.iter().flat_map(|pair| [pair.row, pair.column, pair.cost as u32]));
    let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    std::fs::write(path, bytes).expect("the tick can be written");
}

fn read(path: &Path) -> Tick {
    let bytes = std::fs::read(path).expect("the tick can be read");
    let (chunks, _) = bytes.as_chunks::<4>();
    let mut words = chunks.iter().map(|&word| u32::from_le_bytes(word));
    let mut take = |count: usize| words.by_ref().take(count).collect::<Vec<u32>>();
    let sizes = take(3);
    let unassigned_cost = take(sizes[0] as usize).into_iter().map(i64::from).collect();
    let (rows, columns) = (take(sizes[0] as usize), take(sizes[1] as usize));
    let pairs = take(3 * sizes[2] as usize);
    let pair = |words: &[u32]| Pair { row: words[0], column: words[1], cost: i64::from(words[2]) };
    let pairs = pairs.chunks_exact(3).map(pair).collect();
    Tick { problem: AssignmentProblem { unassigned_cost, columns: sizes[1] as usize, pairs }, rows, columns }
}
