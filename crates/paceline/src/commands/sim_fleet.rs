//! `paceline sim` of a scenario of a fleet.

use super::sim_args::{One, SimArgs, Varied, print_table, progress_bar, write_report};
use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use paceline_plan::PolicyKind;
use paceline_sim::kpi::ratio;
use paceline_sim::optimum::{self, OptimumProgress, OptimumStage};
use paceline_sim::{Draw, Kpis, LeftOut, Outcome, Progress, RunOptions, Scenario, report};
use std::path::Path;
use std::sync::Arc;

/// Runs the scenario, or one run per policy or seed, and prints table, JSON and report.
pub(super) fn run(args: &SimArgs, file: &Path) -> anyhow::Result<()> {
    let scenario = Scenario::load(file)?;
    let roads = Arc::new(scenario.open_roads()?);
    let values = args.values.as_deref().map(crate::values::read).transpose()?.map(Arc::new);
    let of_fleet = |varied: &Varied| match varied {
        Varied::Fleet(kind) => Ok(Some(*kind)),
        Varied::Edge(policy) => {
            let known = PolicyKind::ALL.map(PolicyKind::as_str).join(", ");
            bail!("{policy} is no policy of a fleet: {known}")
        }
        Varied::Seed(seed) => bail!("{seed} is no policy"),
    };
    let mut runs = Vec::new();
    for one in args.runs(None, of_fleet)? {
        let bar = progress_bar(args, one.policy.unwrap_or(scenario.fleet.policy.kind).as_str());
        let options = RunOptions { values: values.clone(), ..options(args, one) };
        let outcome = paceline_sim::run(&scenario, &roads, &options, &mut |progress| show(&bar, progress))?;
        runs.push((options, outcome));
        bar.finish_and_clear();
    }
    if args.optimum {
        let bar = progress_bar(args, "optimum");
        optimum::add(&scenario, &roads, &mut runs, &mut |progress| show_optimum(&bar, progress))?;
        bar.finish_and_clear();
    }
    let outcomes: Vec<Outcome> = runs.into_iter().map(|(_, outcome)| outcome).collect();
    if let Some(file) = &args.report {
        write_report(file, &report::render(&scenario, &roads, &outcomes)?)?;
    }
    if let (Some(file), Some(first)) = (&args.left_out, outcomes.first()) {
        write_left_out(file, &first.left_out)?;
    }
    print(args, &outcomes)
}

fn options(args: &SimArgs, one: One<Option<PolicyKind>>) -> RunOptions {
    let draw = Draw {
        vehicles: args.vehicles,
        demand_scale: args.demand_scale,
        seed: one.seed,
        from: args.from,
        until: args.until,
    };
    RunOptions {
        draw,
        traffic: None,
        rebalance: args.rebalance,
        policy: one.policy,
        shadow: args.shadow,
        reassign: args.reassign,
        values: None,
        hold: args.hold,
        regions: args.regions,
        journal: args.journal.clone(),
    }
}

fn print(args: &SimArgs, outcomes: &[Outcome]) -> anyhow::Result<()> {
    let kpis: Vec<&Kpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let what = kpis
        .first()
        .map_or_else(String::new, |first| format!("{}, {} vehicles", first.scenario, first.vehicles));
    let runs: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    print_table(args, &kpis, &what, &runs, &report::rows(&kpis))?;
    if let Some(first) = kpis.first().filter(|_| !args.json) {
        report::left_out(first).iter().for_each(|said| println!("{said}"));
    }
    Ok(())
}

/// Every trip that is not played, a line each. Errors: not writable.
fn write_left_out(file: &Path, left_out: &[LeftOut]) -> anyhow::Result<()> {
    let write = || -> csv::Result<()> {
        let mut to = csv::Writer::from_path(file)?;
        to.write_record(["line", "trip", "value", "reason"])?;
        for one in left_out {
            to.write_record([&one.line.to_string(), &one.trip, &one.value, &one.reason.0])?;
        }
        Ok(to.flush()?)
    };
    write().with_context(|| format!("writing {}", file.display()))
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position((progress.share * 1_000.0) as u64);
    let (served, lost) = (progress.outcomes.served, progress.outcomes.timed_out);
    let share = ratio(served as f64, (served + lost) as f64) * 100.0;
    bar.set_message(format!("{} orders, {share:.1} % served", progress.placed));
}

fn show_optimum(bar: &ProgressBar, progress: OptimumProgress) {
    bar.set_position((progress.share * 1_000.0) as u64);
    let orders = progress.orders;
    bar.set_message(match progress.stage {
        OptimumStage::Uncharged => format!("with batteries that last: {orders} served"),
        OptimumStage::Bound => format!("at most {orders} can be served"),
        OptimumStage::Plan => format!("at least {orders} can be served"),
    });
}
