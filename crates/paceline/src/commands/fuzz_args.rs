//! What `paceline sim fuzz` is asked, and how it goes through seeds.

use super::fuzz_seeds::run_many;
use anyhow::{anyhow, bail};
use paceline_sim::cluster::Planted;
use paceline_sim::fuzzed::Fuzzed;
use std::ops::{AddAssign, Range};
use std::str::FromStr;

/// Runs the engine, the region and the log on a disk, a network and clocks that fail, and holds them to their promises.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline sim fuzz --seeds 10000
  paceline sim fuzz --edge --seeds 2000
  paceline sim fuzz --bikes --seeds 2000
  paceline sim fuzz --cluster --seeds 10000
  paceline sim fuzz --cluster --planted lease-for-a-fence
  paceline sim fuzz --seed 4711 --trace
  paceline sim fuzz --seed 4711 --without loss,delay --orders 3 --trace")]
pub(crate) struct FuzzArgs {
    /// An edge region, instead of a fleet: nodes and workloads are `--vehicles` and `--orders`.
    #[arg(long, conflicts_with_all = ["bikes", "cluster"])]
    pub(super) edge: bool,
    /// A region of shared bikes, instead of a fleet: vans and stations are `--vehicles` and `--orders`.
    #[arg(long, conflicts_with = "cluster")]
    pub(super) bikes: bool,
    /// A cluster of servers that share regions, instead of one region.
    #[arg(long)]
    pub(super) cluster: bool,
    /// Plants this bug in the cluster's simulation, to see that it is found.
    #[arg(long, requires = "cluster")]
    pub(super) planted: Option<Planted>,
    /// How many seeds.
    #[arg(long, default_value_t = 1_000, conflicts_with = "seed")]
    pub(super) seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0, conflicts_with = "seed")]
    pub(super) from: u64,
    /// This seed alone.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Prints every step.
    #[arg(long, requires = "seed")]
    pub(super) trace: bool,
    /// Leaves these kinds of fault out of it.
    #[arg(long, value_delimiter = ',', requires = "seed")]
    pub(super) without: Vec<String>,
    /// Rides, workloads or stations, instead of as many as the seed draws.
    #[arg(long, requires = "seed")]
    pub(super) orders: Option<usize>,
    /// Vehicles, nodes or vans, instead of as many as the seed draws.
    #[arg(long, requires = "seed", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) vehicles: Option<u16>,
    /// Servers of a cluster, instead of as many as the seed draws.
    #[arg(long, requires_all = ["seed", "cluster"], value_parser = clap::value_parser!(u16).range(2..=100))]
    pub(super) servers: Option<u16>,
    /// Regions of a cluster, instead of as many as the seed draws.
    #[arg(long, requires_all = ["seed", "cluster"], value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(super) regions: Option<u16>,
    /// Milliseconds of faults, instead of as many as the seed draws.
    #[arg(long, requires = "seed", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) millis: Option<u32>,
}

impl FuzzArgs {
    /// Plays what each seed sets up, or, as varied by the command line, one of them.
    pub(super) fn play<
        S: Fuzzed<Stats: Default + AddAssign + Send, Promise: Send, Fault: FromStr<Err = String>>,
    >(
        &self,
        of: impl Fn(u64) -> S + Sync,
        vary: impl FnOnce(&mut S),
        shown: impl FnOnce(&S::Stats) -> String,
    ) -> anyhow::Result<()> {
        let Some(seed) = self.seed else { return run_many(self.seeds(), of, shown) };
        let mut setup = of(seed);
        for name in &self.without {
            let fault = name.parse().map_err(|error: String| anyhow!("--without: {error}"))?;
            setup.faults().remove(&fault);
        }
        vary(&mut setup);
        println!("{setup}");
        let mut print = |line: String| println!("{line}");
        match setup.run(if self.trace { Some(&mut print) } else { None }) {
            Ok(stats) => {
                println!("{}", shown(&stats));
                Ok(())
            }
            Err(broken) => bail!("{broken}"),
        }
    }

    /// The seeds that are asked for.
    fn seeds(&self) -> Range<u64> {
        self.from..self.from.saturating_add(self.seeds)
    }
}
