//! What `paceline sim` is told, and how it shows what runs came to, whatever the kind of region.

use super::fuzz_args::FuzzArgs;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use paceline_plan::PolicyKind;
use paceline_sim::edge::EdgePolicy;
use paceline_sim::{TimeOfDay, report};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// Plays a day in virtual time: the same engine, with a simulated city, or boxes of an edge region, around it; or what a
/// cluster said while it was recorded.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  paceline sim data/manhattan/scenario.toml
  paceline sim data/manhattan/scenario.toml --vehicles 1200 --report day.html
  paceline sim data/manhattan/scenario.toml --compare nearest,least-wait,weighted --report policies.html
  paceline sim data/manhattan/scenario.toml --shadow nearest
  paceline sim data/manhattan/scenario.toml --optimum --report day.html
  paceline sim data/manhattan/scenario.toml --demand-scale 20 --vehicles 3000 --json
  paceline sim data/manhattan/scenario.toml --from 18:00 --until 19:00 --journal /tmp/day
  paceline sim data/edge/welding.toml --compare configured,round-robin --report line.html
  paceline sim data/edge/wind.toml --compare 1,2,3
  paceline sim data/kubernetes/crowd.jsonl.gz --report crowd.html"
)]
pub(crate) struct SimArgs {
    #[command(subcommand)]
    pub(super) command: Option<SimCommand>,
    /// The scenario file.
    #[arg(required = true)]
    pub(crate) scenario: Option<PathBuf>,
    /// How many vehicles; a size that no file has is drawn from the largest one.
    #[arg(long)]
    pub(crate) vehicles: Option<u32>,
    /// nearest, least-wait, low-carbon, weighted or pooled, instead of the scenario's; round-robin for a scene of an edge region; recorded or
    /// paceline, instead of both, for a record of a cluster.
    #[arg(long)]
    policy: Option<Varied>,
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
    /// Plays the city as so many regions, each with rounds and a journal of its own, cut so that each has as many pick-ups.
    #[arg(long, value_name = "N")]
    pub(crate) regions: Option<u32>,
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
    /// Writes the trips that are not played to this file, with the line that each stands in and why: CSV.
    #[arg(long, value_name = "FILE")]
    pub(crate) left_out: Option<PathBuf>,
    /// Writes the journal of the run into this directory, which must be empty or absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    /// Runs several policies on the same seed, or one policy on several seeds, and shows them side by side.
    #[arg(long, value_delimiter = ',', value_name = "POLICY,POLICY|SEED,SEED", conflicts_with = "journal")]
    compare: Vec<Varied>,
    /// Leaves out orders before this time of day.
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub(crate) from: Option<TimeOfDay>,
    /// Says beside each run of a fleet how many orders could have been served at most, and by a plan that knows all of them
    /// beforehand, and where the rest was lost. Takes some minutes for 20,000 orders.
    #[arg(long)]
    pub(crate) optimum: bool,
    /// Leaves out orders from this time of day on.
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub(crate) until: Option<TimeOfDay>,
}

/// What is simulated instead of a day.
#[derive(Debug, clap::Subcommand)]
pub(super) enum SimCommand {
    /// Hold engine, region and log to their promises while everything around them fails
    Fuzz(FuzzArgs),
}

/// What one run of several has that the others have not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Varied {
    /// A policy of a fleet.
    Fleet(PolicyKind),
    /// By what an edge region places.
    Edge(EdgePolicy),
    /// Another seed.
    Seed(u64),
}

impl std::str::FromStr for Varied {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seed) = text.parse() {
            return Ok(Self::Seed(seed));
        }
        let of_fleet = text.parse().map(Self::Fleet);
        let of_edge = |_| text.parse().map(Self::Edge);
        of_fleet.or_else(of_edge).map_err(|invalid: paceline_model::Invalid| invalid.to_string())
    }
}

/// Columns of the table are no narrower, so that those of most tables are alike.
const CELL_MIN: usize = 14;

/// One run.
#[derive(Clone, Debug)]
pub(super) struct One<P> {
    pub(super) policy: P,
    pub(super) seed: u64,
}

impl SimArgs {
    /// Whether no policy is named, and no others are to be compared.
    pub(super) fn is_plain(&self) -> bool {
        self.policy.is_none() && self.compare.is_empty()
    }

    /// Whether runs are to differ by their seeds.
    pub(super) fn has_seeds(&self) -> bool {
        self.compare.iter().any(|varied| matches!(varied, Varied::Seed(_)))
    }

    /// The runs that are asked for. Errors: a policy of another kind of region.
    pub(super) fn runs<P: Clone>(
        &self,
        usual: P,
        of: impl Fn(&Varied) -> anyhow::Result<P>,
    ) -> anyhow::Result<Vec<One<P>>> {
        let usual = self.policy.as_ref().map(&of).transpose()?.unwrap_or(usual);
        let one = |varied: &Varied| match varied {
            Varied::Seed(seed) => Ok(One { policy: usual.clone(), seed: *seed }),
            varied => Ok(One { policy: of(varied)?, seed: self.seed }),
        };
        match self.compare[..] {
            [] => Ok(vec![One { policy: usual, seed: self.seed }]),
            _ => self.compare.iter().map(one).collect(),
        }
    }
}

/// Errors: not writable.
pub(super) fn write_report(file: &Path, html: &str) -> anyhow::Result<()> {
    std::fs::write(file, html).with_context(|| format!("writing the report to {}", file.display()))
}

/// Prints what runs came to: as JSON, or as a table with where the report is. `what` is what all of them are of; each run is given by
/// its policy and its seed.
pub(super) fn print_table(
    args: &SimArgs,
    kpis: &[&impl serde::Serialize],
    what: &str,
    runs: &[(&str, u64)],
    rows: &[report::Row],
) -> anyhow::Result<()> {
    if args.json {
        let json = match kpis[..] {
            [only] => serde_json::to_string_pretty(only)?,
            _ => serde_json::to_string_pretty(&kpis)?,
        };
        println!("{json}");
        return Ok(());
    }
    let seed = report::common_seed(runs).map_or_else(String::new, |seed| format!(", seed {seed}"));
    println!("{what}{seed}\n\n{}", table(&report::names(runs), rows));
    if let Some(file) = &args.report {
        println!("\nThe report is in {}.", file.display());
    }
    Ok(())
}

/// A line a row, in columns that are as wide as what stands in them.
fn table(names: &[String], rows: &[report::Row]) -> String {
    let wide = |run: usize| {
        let values = rows.iter().filter_map(|row| row.values.get(run)).chain(names.get(run));
        let longest = values.map(|value| value.chars().count()).max();
        (longest.unwrap_or(0) + 2).max(CELL_MIN)
    };
    let cells = |values: &[String]| -> String {
        values.iter().enumerate().map(|(run, value)| format!("{value:>0$}", wide(run))).collect()
    };
    let first = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(19) + 1;
    let head = format!("{:<first$}{}", "", cells(names));
    let line = |row: &report::Row| format!("\n{:<first$}{}   {}", row.name, cells(&row.values), row.hint);
    head + &rows.iter().map(line).collect::<String>()
}

pub(super) fn progress_bar(args: &SimArgs, name: &str) -> ProgressBar {
    let bar = ProgressBar::new(1_000);
    if args.json || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style =
        ProgressStyle::with_template("{prefix:>11} {bar:40.green/dim} {percent:>3} %  {msg}  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(name.to_owned());
    bar
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_apart_and_in_line_under_long_names() {
        let names = ["configured", "four-factor-comparable"].map(str::to_owned);
        let row = report::Row {
            name: "Placed",
            hint: "of them, ever",
            values: vec!["1".into(), "22".into()],
            best: None,
        };
        let expected = "                        configured  four-factor-comparable
Placed                           1                      22   of them, ever";
        assert_eq!(table(&names, &[row]), expected);
    }
}
