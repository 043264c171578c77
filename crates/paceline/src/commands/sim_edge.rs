//! `paceline sim` of a scene of an edge region.

use super::sim_args::{One, SimArgs, Varied, print_table, progress_bar, write_report};
use anyhow::bail;
use paceline_sim::edge::{self, EdgeKpis, EdgeOutcome, EdgePolicy, EdgeRun, Scene};
use std::path::Path;

/// Runs the scene, or one run per policy or seed, and prints table, JSON and report. Errors: also a rule that a run broke, which is a bug.
pub(super) fn run(args: &SimArgs, file: &Path) -> anyhow::Result<()> {
    refuse_flags_of_fleets(args, "this is a scene of an edge region")?;
    if args.vehicles.is_some() {
        bail!("--vehicles is of a fleet's day, and this is a scene of an edge region");
    }
    let scene = Scene::load(file)?;
    let of_edge = |varied: &Varied| match varied {
        Varied::Edge(policy) => Ok(policy.clone()),
        Varied::Fleet(kind) => bail!("{kind} is a policy of fleets, and this is a scene of an edge region"),
        Varied::Seed(seed) => bail!("{seed} is no policy"),
    };
    let mut outcomes = Vec::new();
    for One { policy, seed } in args.runs(EdgePolicy::default(), of_edge)? {
        let bar = progress_bar(args, policy.as_str());
        let options = EdgeRun { policy, seed, journal: args.journal.clone() };
        let mut show = |share: f64| bar.set_position((share * 1_000.0) as u64);
        outcomes.push(edge::run(&scene, &options, &mut show)?);
        bar.finish_and_clear();
    }
    if let Some(file) = &args.report {
        write_report(file, &edge::report::render(&scene, &outcomes)?)?;
    }
    print(args, &outcomes)
}

fn print(args: &SimArgs, outcomes: &[EdgeOutcome]) -> anyhow::Result<()> {
    let kpis: Vec<&EdgeKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let what =
        kpis.first().map_or_else(String::new, |first| format!("{}, {} boxes", first.scene, first.nodes));
    let runs: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    print_table(args, &kpis, &what, &runs, &edge::report::rows(&kpis))?;
    match outcomes.iter().flat_map(|outcome| &outcome.broken).next() {
        Some(broken) => bail!("a rule was broken, which is a bug: {broken}"),
        None => Ok(()),
    }
}

/// What varies a fleet's day means nothing where `this` is played.
pub(super) fn refuse_flags_of_fleets(args: &SimArgs, this: &str) -> anyhow::Result<()> {
    let given = [
        ("--shadow", args.shadow.is_some()),
        ("--values", args.values.is_some()),
        ("--hold", args.hold.is_some()),
        ("--reassign", args.reassign.is_some()),
        ("--rebalance", args.rebalance.is_some()),
        ("--demand-scale", args.demand_scale != 1.0),
        ("--from", args.from.is_some()),
        ("--until", args.until.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => bail!("{flag} is of a fleet's day, and {this}"),
        None => Ok(()),
    }
}
