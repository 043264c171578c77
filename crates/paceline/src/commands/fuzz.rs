//! `paceline sim fuzz`: seeds of the simulator of faults, by the thousand, or one of them step by step.

use super::fuzz_args::{FuzzArgs, kinds, run_many};
use anyhow::bail;
use paceline_model::Millis;
use paceline_sim::faults::{Fault, Setup, Stats, describe, run as play};

/// Runs until a promise is broken, or all seeds are done.
pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<()> {
    if args.cluster {
        return super::fuzz_cluster::run(args);
    }
    match args.seed {
        Some(seed) => run_one(&args.vary(args.setup(seed))?, args.trace),
        None => run_many(
            args.seeds(),
            |seed| {
                let setup = args.setup(seed);
                play(&setup, None).map_err(|broken| describe(&setup, &broken))
            },
            shown,
        ),
    }
}

impl FuzzArgs {
    fn setup(&self, seed: u64) -> Setup {
        match (self.edge, self.bikes) {
            (true, _) => Setup::edge(seed),
            (_, true) => Setup::bikes(seed),
            _ => Setup::of(seed),
        }
    }

    fn vary(&self, mut setup: Setup) -> anyhow::Result<Setup> {
        kinds(&self.without)?.iter().for_each(|fault: &Fault| _ = setup.faults.remove(fault));
        setup.orders = self.orders.unwrap_or(setup.orders);
        setup.vehicles = self.vehicles.map_or(setup.vehicles, usize::from);
        setup.lasts = self.millis.map_or(setup.lasts, Millis);
        Ok(setup)
    }
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
    let Stats { steps, events, deaths, failures, refused } = stats;
    format!(
        "{steps} steps, {events} events, {deaths} deaths, {failures} failed writes, {refused} commands refused for the disk"
    )
}
