//! `paceline sim` of a record of a Kubernetes cluster.

use super::sim_args::{One, SimArgs, Varied, print_table, progress_bar, write_report};
use super::sim_edge::refuse_flags_of_fleets;
use anyhow::{anyhow, bail};
use paceline_sim::kubernetes::{self, ClusterRecord, KubernetesKpis, KubernetesOutcome, KubernetesPolicy};
use std::path::Path;

/// Plays the record, beside what happened unless one policy is asked for, and prints table, JSON and report. Errors: also a rule that the replay
/// broke, which is a bug.
pub(super) fn run(args: &SimArgs, file: &Path) -> anyhow::Result<()> {
    refuse_flags_of_fleets(args, "this is a record of a cluster")?;
    if args.vehicles.is_some() || args.journal.is_some() {
        bail!("--vehicles and --journal are of a region, and this is a record of a cluster");
    }
    let record = ClusterRecord::load(file)?;
    let of_record = |varied: &Varied| -> anyhow::Result<KubernetesPolicy> {
        let name = match varied {
            Varied::Edge(policy) => policy.to_string(),
            Varied::Fleet(kind) => kind.to_string(),
            Varied::Seed(seed) => seed.to_string(),
        };
        name.parse().map_err(|why: String| anyhow!(why))
    };
    let both = [KubernetesPolicy::Recorded, KubernetesPolicy::Paceline];
    let runs = match args.is_plain() {
        true => both.into_iter().map(|policy| One { policy, seed: 0 }).collect(),
        false => args.runs(KubernetesPolicy::default(), of_record)?,
    };
    let mut outcomes = Vec::new();
    if args.has_seeds() {
        bail!("nothing in a record of a cluster is by chance: there are no seeds to compare");
    }
    for One { policy, .. } in runs {
        let bar = progress_bar(args, policy.as_str());
        let mut show = |share: f64| bar.set_position((share * 1_000.0) as u64);
        outcomes.push(kubernetes::play(&record, policy, &mut show)?);
        bar.finish_and_clear();
    }
    if let Some(file) = &args.report {
        write_report(file, &kubernetes::report::render(&record, &outcomes)?)?;
    }
    print(args, &record, &outcomes)
}

fn print(args: &SimArgs, record: &ClusterRecord, outcomes: &[KubernetesOutcome]) -> anyhow::Result<()> {
    let kpis: Vec<&KubernetesKpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    let of = |first: &&KubernetesKpis| {
        format!(
            "{}, {} nodes, {:.0} s, {} pods that had a node before",
            first.record, first.nodes, first.lasted_s, first.given
        )
    };
    let what = kpis.first().map_or_else(String::new, of);
    let runs: Vec<(&str, u64)> = kpis.iter().map(|kpi| (kpi.policy.as_str(), kpi.seed)).collect();
    print_table(args, &kpis, &what, &runs, &kubernetes::report::rows(&kpis))?;
    if !args.json {
        let notes = kubernetes::report::notes(record, &kpis);
        notes.iter().for_each(|note| println!("\n{note}"));
    }
    let replayed =
        outcomes.iter().filter(|outcome| outcome.kpis.policy == KubernetesPolicy::Paceline.as_str());
    match replayed.flat_map(|outcome| &outcome.broken).next() {
        Some(broken) => bail!("a rule was broken, which is a bug: {broken}"),
        None => Ok(()),
    }
}
