//! `paceline sim fuzz --cluster`: seeds of the simulated cluster.

use super::fuzz_args::{FuzzArgs, kinds, run_many};
use anyhow::bail;
use paceline_model::Millis;
use paceline_sim::cluster::{Fault, Setup, Stats, describe, run as play};

/// Runs until a promise is broken, or all seeds are done.
pub(super) fn run(args: &FuzzArgs) -> anyhow::Result<()> {
    let setup = |seed| {
        let mut setup = Setup::of(seed);
        setup.planted = args.planted;
        setup
    };
    match args.seed {
        Some(seed) => run_one(&vary(args, setup(seed))?, args.trace),
        None => run_many(
            args.seeds(),
            |seed| {
                let setup = setup(seed);
                play(&setup, None).map_err(|broken| describe(&setup, &broken))
            },
            shown,
        ),
    }
}

fn vary(args: &FuzzArgs, mut setup: Setup) -> anyhow::Result<Setup> {
    kinds(&args.without)?.iter().for_each(|fault: &Fault| _ = setup.faults.remove(fault));
    setup.orders = args.orders.unwrap_or(setup.orders);
    setup.servers = args.servers.map_or(setup.servers, usize::from);
    setup.regions = args.regions.map_or(setup.regions, usize::from);
    setup.lasts = args.millis.map_or(setup.lasts, Millis);
    Ok(setup)
}

fn run_one(setup: &Setup, trace: bool) -> anyhow::Result<()> {
    println!("{setup}");
    let mut print = |line: String| println!("{line}");
    match play(setup, if trace { Some(&mut print) } else { None }) {
        Ok(stats) => {
            println!("{}", shown(&stats));
            Ok(())
        }
        Err(broken) => bail!("{broken}"),
    }
}

fn shown(stats: &Stats) -> String {
    let Stats { steps, orders, moves, deaths, refused, unanswered, planned_wait_max, recovery_max } = stats;
    format!(
        "{steps} steps, {orders} orders, {moves} changes of owners, {deaths} ends of processes, {refused} requests refused and {unanswered} unanswered; longest wait in a healthy cluster {planned_wait_max}, longest recovery {recovery_max}"
    )
}
