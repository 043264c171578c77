//! `paceline sim fuzz`: seeds of the simulator of faults, by the thousand, or one of them step by step.

use super::fuzz_args::FuzzArgs;
use paceline_model::Millis;
use paceline_sim::faults::{Setup, Stats};

/// Runs until a promise is broken, or all seeds are done.
pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<()> {
    if args.cluster {
        return super::fuzz_cluster::run(args);
    }
    args.play(|seed| setup(args, seed), |setup| vary(args, setup), shown)
}

fn setup(args: &FuzzArgs, seed: u64) -> Setup {
    match (args.edge, args.bikes) {
        (true, _) => Setup::edge(seed),
        (_, true) => Setup::bikes(seed),
        _ => Setup::of(seed),
    }
}

fn vary(args: &FuzzArgs, setup: &mut Setup) {
    setup.orders = args.orders.unwrap_or(setup.orders);
    setup.vehicles = args.vehicles.map_or(setup.vehicles, usize::from);
    setup.lasts = args.millis.map_or(setup.lasts, Millis);
}

fn shown(stats: &Stats) -> String {
    let Stats { steps, events, deaths, failures, refused } = stats;
    format!(
        "{steps} steps, {events} events, {deaths} deaths, {failures} failed writes, {refused} commands refused for the disk"
    )
}
