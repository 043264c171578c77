//! `paceline sim`: plays a scenario in virtual time and prints what it comes to.

use super::fuzz::FuzzArgs;
use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use paceline_plan::PolicyKind;
use paceline_sim::kpi::ratio;
use paceline_sim::{Draw, Kpis, Outcome, Progress, RunOptions, Scenario, TimeOfDay, report};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plays a day in virtual time: the same engine, with a simulated city around it.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  paceline sim data/manhattan/scenario.toml
  paceline sim data/manhattan/scenario.toml --vehicles 1200 --report day.html
  paceline sim data/manhattan/scenario.toml --compare nearest,least-wait,weighted --report policies.html
  paceline sim data/manhattan/scenario.toml --shadow nearest
  paceline sim data/manhattan/scenario.toml --demand-scale 20 --vehicles 3000 --json
  paceline sim data/manhattan/scenario.toml --from 18:00 --until 19:00 --journal /tmp/day"
)]
pub(crate) struct SimArgs {
    #[command(subcommand)]
    command: Option<SimCommand>,
    /// The scenario file.
    #[arg(required = true)]
    pub(crate) scenario: Option<PathBuf>,
    /// How many vehicles; a size that no file has is drawn from the largest one.
    #[arg(long)]
    pub(crate) vehicles: Option<u32>,
    /// nearest, least-wait, low-carbon, weighted or pooled, instead of the scenario's.
    #[arg(long)]
    pub(crate) policy: Option<PolicyKind>,
    /// A policy that is solved beside the live one on the same rounds and never committed: the table says what it would have
    /// done. Instead of the scenario's `fleet.shadow_policy`.
    #[arg(long, value_name = "POLICY")]
    pub(crate) shadow: Option<PolicyKind>,
    /// What vehicles are worth where and when, as `paceline journal values` writes it: the policy looks ahead by it.
    #[arg(long, value_name = "FILE")]
    pub(crate) values: Option<PathBuf>,
    /// Whether orders may wait a moment for vehicles that will soon be free (on or off), instead of as the scenario says.
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
    pub(crate) hold: Option<bool>,
    /// Whether orders may be moved to another vehicle than is on its way to them (on or off), instead of as the scenario says.
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
    pub(crate) reassign: Option<bool>,
    /// Whether idle vehicles are sent to where riders are expected (on or off), instead of as the scenario says.
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
    pub(crate) rebalance: Option<bool>,
    /// Fixes all chance: the same seed gives the same run, to the last byte of its journal.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many times the demand of the file, drawn from it with replacement.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) demand_scale: f64,
    /// Prints the table as one JSON object, or one per policy with --compare.
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes a report with pictures to this file: one HTML file that needs nothing else.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Writes the journal of the run into this directory, which must be empty or absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    /// Runs several policies on the same seed and shows them side by side.
    #[arg(long, value_delimiter = ',', value_name = "POLICY,POLICY", conflicts_with_all = ["policy", "journal"])]
    pub(crate) compare: Vec<PolicyKind>,
    /// Leaves out orders before this time of day.
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub(crate) from: Option<TimeOfDay>,
    /// Leaves out orders from this time of day on.
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub(crate) until: Option<TimeOfDay>,
}

/// What is simulated instead of a day.
#[derive(Debug, clap::Subcommand)]
enum SimCommand {
    /// Hold engine, region and log to their promises while everything around them fails
    Fuzz(FuzzArgs),
}

/// Runs the scenario, or one run per policy, and prints table, JSON and report.
pub(crate) fn run(args: SimArgs) -> anyhow::Result<()> {
    if let Some(SimCommand::Fuzz(fuzz)) = &args.command {
        return super::fuzz::run(fuzz);
    }
    let scenario = Scenario::load(args.scenario.as_deref().context("which scenario?")?)?;
    if let Some(dir) = &args.journal {
        refuse_used(dir)?;
    }
    let roads = Arc::new(scenario.open_roads()?);
    let values = args.values.as_deref().map(crate::values::read).transpose()?.map(Arc::new);
    let policies = if args.compare.is_empty() {
        vec![args.policy]
    } else {
        args.compare.iter().copied().map(Some).collect()
    };
    let mut outcomes = Vec::new();
    for policy in policies {
        let bar = progress_bar(&args, policy.unwrap_or(scenario.fleet.policy.kind));
        let options = RunOptions { values: values.clone(), ..options(&args, policy) };
        outcomes.push(paceline_sim::run(&scenario, &roads, &options, &mut |progress| show(&bar, progress))?);
        bar.finish_and_clear();
    }
    if let Some(file) = &args.report {
        let html = report::render(&scenario, &roads, &outcomes)?;
        std::fs::write(file, html).with_context(|| format!("writing the report to {}", file.display()))?;
    }
    print(&args, &outcomes)
}

fn options(args: &SimArgs, policy: Option<PolicyKind>) -> RunOptions {
    let draw = Draw {
        vehicles: args.vehicles,
        demand_scale: args.demand_scale,
        seed: args.seed,
        from: args.from,
        until: args.until,
    };
    RunOptions {
        draw,
        traffic: None,
        rebalance: args.rebalance,
        policy,
        shadow: args.shadow,
        reassign: args.reassign,
        values: None,
        hold: args.hold,
        journal: args.journal.clone(),
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

fn print(args: &SimArgs, outcomes: &[Outcome]) -> anyhow::Result<()> {
    let kpis: Vec<&Kpis> = outcomes.iter().map(|outcome| &outcome.kpis).collect();
    if args.json {
        let json = match kpis[..] {
            [only] => serde_json::to_string_pretty(only)?,
            _ => serde_json::to_string_pretty(&kpis)?,
        };
        println!("{json}");
        return Ok(());
    }
    print!("{}", table(&kpis));
    if let Some(file) = &args.report {
        println!("\nThe report is in {}.", file.display());
    }
    Ok(())
}

fn table(kpis: &[&Kpis]) -> String {
    let mut text = String::new();
    let Some(first) = kpis.first() else { return text };
    text += &format!("{}, {} vehicles, seed {}\n\n", first.scenario, first.vehicles, first.seed);
    let cells = |values: &[String]| values.iter().map(|value| format!("{value:>14}")).collect::<String>();
    let names: Vec<String> = kpis.iter().map(|kpi| kpi.policy.clone()).collect();
    text += &format!("{:<20}{}\n", "", cells(&names));
    for row in report::rows(kpis) {
        text += &format!("{:<20}{}   {}\n", row.name, cells(&row.values), row.hint);
    }
    text
}

fn progress_bar(args: &SimArgs, policy: PolicyKind) -> ProgressBar {
    let bar = ProgressBar::new(1_000);
    if args.json || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style =
        ProgressStyle::with_template("{prefix:>11} {bar:40.green/dim} {percent:>3} %  {msg}  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(policy.as_str());
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position((progress.share * 1_000.0) as u64);
    let (served, lost) = (progress.outcomes.served, progress.outcomes.timed_out);
    let share = ratio(served as f64, (served + lost) as f64) * 100.0;
    bar.set_message(format!("{} orders, {share:.1} % served", progress.placed));
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".into()),
    }
}

pub(crate) fn time_of_day(text: &str) -> Result<TimeOfDay, String> {
    text.parse().map_err(|_| format!("{text} is no time of day such as 18:30"))
}
