//! `paceline solve`: reads a routing instance, solves it, checks the answer and prints it.

mod known;
mod print;

use anyhow::{Context as _, ensure};
use known::BestKnown;
use paceline_plan::Budget;
use paceline_plan::Rng;
use paceline_plan::solver::vrp::{self, VrpProblem, VrpReport, VrpSolution};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A larger file is refused unread: 3,000 places in the wordiest of the formats take less than a tenth of it.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Solves a routing instance in the format of Li and Lim, Solomon, Cordeau (dial-a-ride) or Schneider (electric).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline solve lc101.txt
  paceline solve lr1_2_3.txt --seconds 60 --starts 2 --best-known best_known.csv
  paceline solve a4-48.txt --steps 10000000 --seed 7 --json")]
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

/// When a search ends.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Seconds(f64),
    Steps(u64),
}

/// Solves and prints.
pub(crate) fn run(args: SolveArgs) -> anyhow::Result<()> {
    let problem = read(&args.instance)?;
    let stem = args.instance.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let best_known = match &args.best_known {
        Some(file) => BestKnown::find(file, &stem, &problem)?,
        None => None,
    };
    let limit = args.steps.map_or(Limit::Seconds(args.seconds), Limit::Steps);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let seeds: Vec<u64> = (0..u64::from(args.starts)).map(|start| args.seed.wrapping_add(start)).collect();
    let (solution, report) = best_of(&problem, limit, &seeds, threads);
    let notes = vrp::check(&problem, &solution);
    ensure!(notes.is_empty(), "the answer breaks a rule, which is a bug: {}", notes[0]);
    let printed =
        print::Printed { name: &stem, problem: &problem, solution: &solution, report: &report, best_known };
    if args.json {
        println!("{}", printed.json());
    } else {
        print!("{}", printed.text());
    }
    Ok(())
}

fn seconds(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds, from 0 to 86400".into()),
    }
}

fn read(file: &Path) -> anyhow::Result<VrpProblem> {
    let shown = || file.display().to_string();
    let bytes = std::fs::metadata(file).with_context(shown)?.len();
    ensure!(bytes <= FILE_BYTES_MAX, "{}: {bytes} bytes; at most {FILE_BYTES_MAX}", file.display());
    let text = std::fs::read_to_string(file).with_context(shown)?;
    vrp::parse(&text).with_context(shown)
}

/// The best answer over `seeds`. How many threads share the work changes nothing but the time it takes.
fn best_of(problem: &VrpProblem, limit: Limit, seeds: &[u64], threads: usize) -> (VrpSolution, VrpReport) {
    let threads = threads.clamp(1, seeds.len());
    let own = |thread: usize| seeds.iter().enumerate().skip(thread).step_by(threads);
    let mut answers: Vec<(usize, (VrpSolution, VrpReport))> = std::thread::scope(|scope| {
        let solve = |thread| {
            let answers = own(thread).map(|(start, &seed)| (start, solve(problem, limit, seed)));
            answers.collect::<Vec<_>>()
        };
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || solve(thread))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a search does not panic")).collect()
    });
    answers.sort_by(|(a_start, (_, a)), (b_start, (_, b))| {
        let by_count = a.unserved.cmp(&b.unserved);
        let by_vehicles = match problem.objective {
            vrp::Objective::VehiclesThenDistance => a.vehicles.cmp(&b.vehicles),
            vrp::Objective::Distance => std::cmp::Ordering::Equal,
        };
        by_count.then(by_vehicles).then(a.distance.total_cmp(&b.distance)).then(a_start.cmp(b_start))
    });
    answers.swap_remove(0).1
}

fn solve(problem: &VrpProblem, limit: Limit, seed: u64) -> (VrpSolution, VrpReport) {
    let mut budget = match limit {
        Limit::Steps(steps) => Budget::steps(steps),
        Limit::Seconds(seconds) => {
            let start = now();
            Budget::within(move || {
                start.elapsed().div_duration_f64(Duration::from_secs_f64(seconds.max(1e-9)))
            })
        }
    };
    vrp::solve(problem, &mut budget, &mut Rng::new(seed))
}

#[expect(clippy::disallowed_methods, reason = "the deadline that the user asks for")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &str = "2 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 0 100 0 0 2\n2 6 8 -5 0 100 0 1 0\n\
                        3 -3 4 5 0 100 0 0 4\n4 -6 8 -5 0 100 0 3 0\n";

    #[test]
    fn the_number_of_threads_changes_no_byte_of_the_answer() {
        let problem = vrp::parse(TINY).unwrap();
        let solve = |threads| format!("{:?}", best_of(&problem, Limit::Steps(20_000), &[1, 2, 3], threads));
        assert_eq!(solve(1), solve(2));
        assert_eq!(solve(1), solve(7));
    }

    #[test]
    fn text_and_json_give_routes_value_and_gap() {
        let problem = vrp::parse(TINY).unwrap();
        let (solution, report) = best_of(&problem, Limit::Steps(20_000), &[1], 1);
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
