//! What `paceline sim fuzz` is asked, and how it goes through seeds.

use anyhow::{anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use paceline_sim::cluster::Planted;
use paceline_sim::fuzzed::{Fuzzed, describe};
use std::ops::{AddAssign, Range};
use std::str::FromStr;
use std::time::Instant;

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
    pub(super) fn play<S: Fuzzed<Stats: Default + AddAssign, Fault: FromStr<Err = String>>>(
        &self,
        of: impl Fn(u64) -> S,
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

/// Plays seeds until one breaks a promise, which is then made smaller and described.
#[expect(clippy::disallowed_methods, reason = "says how long it took; no run depends on it")]
fn run_many<S: Fuzzed<Stats: Default + AddAssign>>(
    seeds: Range<u64>,
    of: impl Fn(u64) -> S,
    shown: impl FnOnce(&S::Stats) -> String,
) -> anyhow::Result<()> {
    let (began, count) = (Instant::now(), seeds.end - seeds.start);
    let bar = ProgressBar::new(count);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} seeds, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    // A panic is reported with its seed, below.
    std::panic::set_hook(Box::new(|_| {}));
    let mut all = S::Stats::default();
    for seed in seeds {
        let setup = of(seed);
        match setup.run(None) {
            Ok(stats) => all += stats,
            Err(broken) => {
                bar.finish_and_clear();
                bail!("seed {seed} breaks a promise\n{}", describe(&setup, &broken));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let took = began.elapsed();
    println!("{count} seeds are clean: {}", shown(&all));
    println!(
        "{:.1} s, {:.1} ms a seed",
        took.as_secs_f64(),
        took.as_secs_f64() * 1_000.0 / count.max(1) as f64
    );
    Ok(())
}
