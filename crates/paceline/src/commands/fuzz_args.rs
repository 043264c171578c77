//! What `paceline sim fuzz` is asked, and how it goes through seeds.

use anyhow::{anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use paceline_sim::cluster::Planted;
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
    #[arg(long, requires = "seed", conflicts_with = "cluster", value_parser = clap::value_parser!(u16).range(1..))]
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

/// Kinds of fault by name. Errors: one that there is not.
pub(super) fn kinds<T: FromStr<Err = String>>(names: &[String]) -> anyhow::Result<Vec<T>> {
    names.iter().map(|name| name.parse().map_err(|error: String| anyhow!("--without: {error}"))).collect()
}

impl FuzzArgs {
    /// The seeds that are asked for.
    pub(super) fn seeds(&self) -> Range<u64> {
        self.from..self.from.saturating_add(self.seeds)
    }
}

/// Plays seeds until one breaks a promise, which `play` then describes.
#[expect(clippy::disallowed_methods, reason = "says how long it took; no run depends on it")]
pub(super) fn run_many<S: Default + AddAssign>(
    seeds: Range<u64>,
    play: impl Fn(u64) -> Result<S, String>,
    shown: impl FnOnce(&S) -> String,
) -> anyhow::Result<()> {
    let (began, count) = (Instant::now(), seeds.end - seeds.start);
    let bar = ProgressBar::new(count);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} seeds, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    // A panic is reported with its seed, below.
    std::panic::set_hook(Box::new(|_| {}));
    let mut all = S::default();
    for seed in seeds {
        match play(seed) {
            Ok(stats) => all += stats,
            Err(broken) => {
                bar.finish_and_clear();
                bail!("seed {seed} breaks a promise\n{broken}");
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
