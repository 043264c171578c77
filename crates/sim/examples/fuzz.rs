//! Runs seeds of the simulator of faults without building the rest of the program: `cargo run -p paceline-sim --example fuzz -- FROM TO [edge|bikes|cluster [PLANTED]]`.
//! `crates/sim/mutants/find.sh` finds planted bugs with it.

use paceline_sim::cluster;
use paceline_sim::faults::{Setup, run};
use paceline_sim::fuzzed::describe;
use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [from, to] = numbers[..] else {
        eprintln!("usage: fuzz FROM TO [edge|bikes|cluster [PLANTED]]");
        return ExitCode::from(2);
    };
    // A panic is reported with its seed, once.
    std::panic::set_hook(Box::new(|_| {}));
    if std::env::args().nth(3).as_deref() == Some("cluster") {
        return of_clusters(from..to, std::env::args().nth(4));
    }
    for seed in from..to {
        let setup = match std::env::args().nth(3).as_deref() {
            None => Setup::of(seed),
            Some("edge") => Setup::edge(seed),
            Some("bikes") => Setup::bikes(seed),
            Some(other) => {
                eprintln!("no kind of region is called {other}: there are edge, bikes and cluster");
                return ExitCode::from(2);
            }
        };
        if let Err(broken) = run(&setup, None) {
            println!("seed {seed}: {broken}\n{}", describe(&setup, &broken));
            return ExitCode::FAILURE;
        }
    }
    println!("{} seeds are clean", to - from);
    ExitCode::SUCCESS
}

fn of_clusters(seeds: std::ops::Range<u64>, planted: Option<String>) -> ExitCode {
    let planted = match planted.map(|name| name.parse::<cluster::Planted>()).transpose() {
        Ok(planted) => planted,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (count, mut all) = (seeds.end - seeds.start, cluster::Stats::default());
    for seed in seeds {
        let mut setup = cluster::Setup::of(seed);
        setup.planted = planted;
        // One seed alone is shown step by step.
        let mut print = |line: String| println!("{line}");
        match cluster::run(&setup, if count == 1 { Some(&mut print) } else { None }) {
            Ok(stats) => all += stats,
            Err(broken) => {
                println!("seed {seed}: {broken}\n{}", describe(&setup, &broken));
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{count} seeds are clean: {all:?}");
    ExitCode::SUCCESS
}
