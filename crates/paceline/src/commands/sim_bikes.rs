//! `paceline sim` of days of shared bikes.

use super::sim_args::{One, SimArgs, Varied, print_table, progress_bar, write_report};
use super::sim_edge::refuse_flags_of_fleets;
use anyhow::anyhow;
use paceline_sim::bikes::{self, BikesKpis, BikesPolicy, BikesRun, BikesScenario};
use std::path::Path;

/// Runs the days, or one run per policy or seed, and prints table or JSON.
pub(super) fn run(args: &SimArgs, file: &Path) -> anyhow::Result<()> {
    refuse_flags_of_fleets(args, "these are days of shared bikes")?;
    let scenario = BikesScenario::load(file)?;
    let of_bikes = |varied: &Varied| -> anyhow::Result<BikesPolicy> {
        let name = match varied {
            Varied::Edge(policy) => policy.to_string(),
            Varied::Fleet(kind) => kind.to_string(),
            Varied::Seed(seed) => seed.to_string(),
        };
        name.parse().map_err(|why: String| anyhow!(why))
    };
    let mut outcomes = Vec::new();
    for One { policy, seed } in args.runs(BikesPolicy::default(), of_bikes)? {
        let bar = progress_bar(args, &policy.to_string());
        let options = BikesRun { policy, vans: args.vehicles, seed, journal: args.journal.clone() };
        let mut show = |share: f64| bar.set_position((share * 1_000.0) as u64);
        outcomes.push(bikes::play(&scenario, &options, &mut show)?);
        bar.finish_and_clear();
    }
    if let Some(file) = &args.report {
        write_report(file, &bikes::report::render(&scenario, &outcomes)?)?;
    }
    let kpis: Vec<&BikesKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let of = |first: &&BikesKpis| {
        format!("{}, {} stations, {} bikes", first.scenario, first.stations, first.bikes)
    };
    let what = kpis.first().map_or_else(String::new, of);
    let runs: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    print_table(args, &kpis, &what, &runs, &bikes::rows(&kpis))
}
