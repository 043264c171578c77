//! `paceline sim`: plays a scenario of a fleet, a scene of an edge region, days of shared bikes, or a record of a cluster, in virtual time and prints what it comes to.

pub(crate) use super::sim_args::{SimArgs, time_of_day};

use super::sim_args::SimCommand;
use super::{sim_bikes, sim_edge, sim_fleet, sim_kubernetes};
use anyhow::{Context as _, bail};
use paceline_sim::bikes::BikesScenario;
use paceline_sim::edge::Scene;
use paceline_sim::kubernetes::ClusterRecord;
use std::path::Path;

/// Runs the scenario, or one run per policy or seed, and prints table, JSON and report.
pub(crate) fn run(args: SimArgs) -> anyhow::Result<()> {
    if let Some(SimCommand::Fuzz(fuzz)) = &args.command {
        return super::fuzz::run(fuzz);
    }
    let file = args.scenario.as_deref().context("which scenario?")?;
    if let Some(dir) = &args.journal {
        refuse_used(dir)?;
    }
    // What cannot be read is told by whoever reads it as a scenario.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let is_record = ClusterRecord::is_one(file);
    let is_fleet = !is_record && !Scene::is_one(&text) && !BikesScenario::is_one(&text);
    if args.optimum && !is_fleet {
        bail!("{} is no scenario of a fleet: an optimum is known only of those", file.display());
    }
    match () {
        () if is_record => sim_kubernetes::run(&args, file),
        () if Scene::is_one(&text) => sim_edge::run(&args, file),
        () if BikesScenario::is_one(&text) => sim_bikes::run(&args, file),
        () => sim_fleet::run(&args, file),
    }
}

/// A journal continues what is there; a run must begin at the beginning.
fn refuse_used(dir: &Path) -> anyhow::Result<()> {
    let used = dir.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if used {
        bail!("{} is not empty: a run needs a journal of its own", dir.display());
    }
    Ok(())
}
