//! Runs seeds of the simulator of faults without building the rest of the program: `cargo run -p paceline-sim --example fuzz -- FROM TO [edge|bikes]`.
//! `crates/sim/mutants/find.sh` finds planted bugs with it.

use paceline_sim::faults::{Setup, describe, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [from, to] = numbers[..] else {
        eprintln!("usage: fuzz FROM TO [edge|bikes]");
        return ExitCode::from(2);
    };
    // A panic is reported with its seed, once.
    std::panic::set_hook(Box::new(|_| {}));
    for seed in from..to {
        let setup = match std::env::args().nth(3).as_deref() {
            None => Setup::of(seed),
            Some("edge") => Setup::edge(seed),
            Some("bikes") => Setup::bikes(seed),
            Some(other) => {
                eprintln!("no kind of region is called {other}: there are edge and bikes");
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
