//! `paceline solve`: reads a routing instance, solves it, checks the answer and prints it.

mod known;
mod print;
mod rebalancing;
mod starts;

use anyhow::{Context as _, ensure};
use known::BestKnown;
use paceline_plan::solver::rebalancing::{RebalancingProblem, is_rebalancing, parse as parse_rebalancing};
use paceline_plan::solver::vrp::{self, VrpProblem, VrpReport, VrpSolution};
use rebalancing::{Rebalanced, published_name};
use starts::{Limit, Starts};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// A larger file is refused unread: a table of 1,000 x 1,000 costs, the largest that there is, seldom takes half of it.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Solves a routing instance in the format of Li and Lim, Solomon, Cordeau (dial-a-ride) or Schneider (electric), or a bike
/// rebalancing instance in that of Dell'Amico et al.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline solve lc101.txt
  paceline solve lr1_2_3.txt --seconds 60 --starts 2 --best-known best_known.csv
  paceline solve a4-48.txt --steps 10000000 --seed 7 --json
  paceline solve 43Denver20.txt --seconds 10 --best-known best_known.csv")]
pub(crate) struct SolveArgs {
    /// The instance; its format is recognised.
    instance: PathBuf,
    /// How long to improve the answer.
    #[arg(long, default_value_t = 10.0, value_parser = seconds)]
    seconds: f64,
    /// Counts work instead of time: the same steps and seed give the same answer, byte for byte.
    #[arg(long, conflicts_with = "seconds")]
    steps: Option<u64>,
    /// Fixes all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Searches from this many seeds, counted up from --seed, side by side, and takes the best answer.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    starts: u16,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// A CSV file with the columns instance, vehicles and value: adds the gap to the best known answer.
    #[arg(long, value_name = "FILE")]
    best_known: Option<PathBuf>,
}

/// What a file asks for.
enum Instance {
    Routes(VrpProblem),
    Rebalancing(RebalancingProblem),
}

/// Solves and prints.
pub(crate) fn run(args: SolveArgs) -> anyhow::Result<()> {
    let stem = args.instance.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let known = |name: &str, electric| match &args.best_known {
        Some(file) => BestKnown::find(file, name, electric),
        None => Ok(None),
    };
    let (text, json) = match read(&args.instance)? {
        Instance::Routes(problem) => {
            let best_known = known(&stem, problem.energy.is_some())?;
            let (solution, report) = best_of(&problem, &args.starts());
            let notes = vrp::check(&problem, &solution);
            ensure!(notes.is_empty(), "the answer breaks a rule, which is a bug: {}", notes[0]);
            let (problem, solution, report) = (&problem, &solution, &report);
            let printed = print::Printed { name: &stem, problem, solution, report, best_known };
            (printed.text(), printed.json())
        }
        Instance::Rebalancing(problem) => {
            let best_known = known(&published_name(&stem), false)?;
            let solved = Rebalanced::solve(&stem, &problem, &args.starts(), best_known)?;
            (solved.text(), solved.json())
        }
    };
    if args.json {
        println!("{json}");
    } else {
        print!("{text}");
    }
    Ok(())
}

impl SolveArgs {
    fn starts(&self) -> Starts {
        let limit = self.steps.map_or(Limit::Seconds(self.seconds), Limit::Steps);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let seeds = (0..u64::from(self.starts)).map(|start| self.seed.wrapping_add(start)).collect();
        Starts { limit, seeds, threads }
    }
}

fn seconds(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds, from 0 to 86400".into()),
    }
}

fn read(file: &Path) -> anyhow::Result<Instance> {
    let shown = || file.display().to_string();
    let bytes = std::fs::metadata(file).with_context(shown)?.len();
    ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes; at most {FILE_BYTES_MAX}", file.display());
    let text = std::fs::read_to_string(file).with_context(shown)?;
    if is_rebalancing(&text) {
        return parse_rebalancing(&text).with_context(shown).map(Instance::Rebalancing);
    }
    vrp::parse(&text).with_context(shown).map(Instance::Routes)
}

/// The best answer over all starts.
fn best_of(problem: &VrpProblem, starts: &Starts) -> (VrpSolution, VrpReport) {
    let order = |(_, a): &(_, VrpReport), (_, b): &(_, VrpReport)| {
        let by_count = a.unserved.cmp(&b.unserved);
        let by_vehicles = match problem.objective {
            vrp::Objective::VehiclesThenDistance => a.vehicles.cmp(&b.vehicles),
            vrp::Objective::Distance => Ordering::Equal,
        };
        by_count.then(by_vehicles).then(a.distance.total_cmp(&b.distance))
    };
    starts.best(|budget, rng| vrp::solve(problem, budget, rng), order)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &str = "2 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 0 100 0 0 2\n2 6 8 -5 0 100 0 1 0\n\
                        3 -3 4 5 0 100 0 0 4\n4 -6 8 -5 0 100 0 3 0\n";

    fn starts(seeds: &[u64], threads: usize) -> Starts {
        Starts { limit: Limit::Steps(20_000), seeds: seeds.to_vec(), threads }
    }

    #[test]
    fn the_number_of_threads_changes_no_byte_of_the_answer() {
        let problem = vrp::parse(TINY).unwrap();
        let solve = |threads| format!("{:?}", best_of(&problem, &starts(&[1, 2, 3], threads)));
        assert_eq!(solve(1), solve(2));
        assert_eq!(solve(1), solve(7));
    }

    #[test]
    fn text_and_json_give_routes_value_and_gap() {
        let problem = vrp::parse(TINY).unwrap();
        let (solution, report) = best_of(&problem, &starts(&[1], 1));
        let best_known = Some(BestKnown { vehicles: Some(1), value: 30.0 });
        let printed = print::Printed {
            name: "tiny",
            problem: &problem,
            solution: &solution,
            report: &report,
            best_known,
        };
        expect_test::expect![[r#"
            tiny: 2 requests, 2 vehicles of 10
            vehicles  1
            distance  34.8489
            best known  1 vehicles, 30.0000: +0 vehicles, distance +16.163 %
            route 1: 3 4 1 2
        "#]]
        .assert_eq(&printed.text());
        // 5 and 5 to the second request's ends, the root of 97 over to the first's, 5 between them, 10 back.
        let distance = printed.json()["distance"].as_f64().unwrap();
        assert!((distance - (25.0 + 97.0_f64.sqrt())).abs() < 1e-9, "{distance}");
        assert_eq!(printed.json()["best_known"]["vehicles_more"], 0);
        assert_eq!(printed.json()["routes"][0]["stops"][0]["place"], "3");
    }
}
